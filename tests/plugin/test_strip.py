"""A strip of several t0: finished pictures that cost the document nothing until one is kept."""

from __future__ import annotations

import os
import signal

import pytest
from sdedit.commands import Change, Generate
from sdedit.features.strip import HoldSlider, Keep, MakeStrip, PointAt, PutAway
from sdedit.protocol.bounds import Bounds
from sdedit.protocol.recipes import alone
from sdedit.readings import in_words

from tests.plugin.desk import Desk
from tests.plugin.memory_studio import MemoryDocument


@pytest.fixture
def strip(desk: Desk) -> Desk:
    """A desk with a strip of five before the artist."""
    make(desk, MakeStrip())
    assert len(desk.state.gallery.candidates) == 5
    return desk


def make(desk: Desk, command: object) -> None:
    desk.core.do(command)
    desk.wait_for(lambda: not desk.state.is_working)


def first_byte(desk: Desk) -> int:
    """Of the picture over the canvas."""
    assert desk.state.on_canvas is not None
    picture = desk.state.on_canvas.picture
    assert picture is not None
    return bytes(picture.data)[0]


def at(t0: float, value: int = 0x10) -> int:
    """What the worker makes of the document's blue."""
    return round(value + (255 - 2 * value) * t0)


def test_a_strip_is_one_job_whose_pictures_stay_out_of_the_document(strip: Desk) -> None:
    view = strip.state.gallery
    assert [candidate.t0 for candidate in view.candidates] == [0.25, 0.35, 0.45, 0.55, 0.65]
    assert {candidate.seed for candidate in view.candidates} == {7}
    assert [candidate.faithfulness for candidate in view.candidates] == pytest.approx(
        [60 * t0 for t0 in (0.25, 0.35, 0.45, 0.55, 0.65)]
    )
    assert view.candidates[2].realism == pytest.approx(0.45)
    assert strip.studio.document.added == []
    assert strip.state.status.startswith("5 pictures in ")
    assert strip.state.t0_marks == (0.25, 0.35, 0.45, 0.55, 0.65)


def test_its_t0_are_the_artists(desk: Desk) -> None:
    desk.core.change(strip_t0s=(0.8, 0.2, 0.2))
    make(desk, MakeStrip())
    assert [candidate.t0 for candidate in desk.state.gallery.candidates] == [0.2, 0.8]


def test_pointing_shows_one_over_the_canvas_and_leaves_the_document_alone(strip: Desk) -> None:
    strip.core.do(PointAt(4))
    assert strip.state.on_canvas is not None
    assert strip.state.on_canvas.place == strip.studio.document.canvas
    assert first_byte(strip) == at(0.65)
    assert strip.state.preview is strip.state.on_canvas.picture
    strip.core.do(PointAt(None))
    assert strip.state.on_canvas is None
    assert strip.studio.document.added == []


def test_a_click_keeps_it_as_one_layer_and_the_slider_follows(strip: Desk) -> None:
    make(strip, Keep(1))
    ((name, picture, area),) = strip.studio.document.added
    assert name == "SDEdit t0 0.35 seed 7"
    assert bytes(picture.data)[0] == at(0.35)
    assert area == strip.studio.document.canvas
    assert strip.state.settings.t0 == 0.35
    assert strip.state.gallery.chosen == 1
    assert strip.state.gallery.kept == {1}
    assert strip.state.status == "Kept as a new layer."


def test_what_is_a_layer_already_is_not_added_twice_but_after_an_undo_it_is(strip: Desk) -> None:
    make(strip, Keep(1))
    make(strip, Keep(1))
    assert len(strip.studio.document.added) == 1
    assert strip.state.status == "This picture is a layer already."
    strip.studio.document.undo()
    strip.core.tick()
    assert strip.state.gallery.kept == frozenset()
    make(strip, Keep(1))
    assert len(strip.studio.document.added) == 1


def test_another_one_becomes_a_layer_of_its_own(strip: Desk) -> None:
    make(strip, Keep(1))
    make(strip, Keep(3))
    assert [name for name, _, _ in strip.studio.document.added] == [
        "SDEdit t0 0.35 seed 7",
        "SDEdit t0 0.55 seed 7",
    ]
    assert strip.state.gallery.kept == {1, 3}


def test_with_the_backend_dead_the_slider_scrubs_and_a_click_keeps(strip: Desk) -> None:
    assert strip.link.process_id is not None
    os.kill(strip.link.process_id, signal.SIGKILL)
    strip.wait_for_status("stopped unexpectedly")
    starts = strip.link.starts
    strip.core.do(HoldSlider(True))
    for t0, nearest in ((0.3, 0.25), (0.31, 0.35), (0.52, 0.55), (0.99, 0.65)):
        strip.core.do(Change({"t0": t0}))
        assert first_byte(strip) == at(nearest)
    strip.core.do(Change({"t0": 0.44}))
    strip.core.do(HoldSlider(False))
    assert strip.state.on_canvas is None
    assert strip.state.gallery.chosen == 2, "letting go leaves it chosen"
    make(strip, Keep())
    assert [name for name, _, _ in strip.studio.document.added] == ["SDEdit t0 0.45 seed 7"]
    assert strip.link.starts == starts, "no backend was started for that"


def test_without_a_hand_on_the_slider_nothing_lies_over_the_canvas(strip: Desk) -> None:
    strip.core.do(Change({"t0": 0.6}))
    assert strip.state.on_canvas is None
    assert strip.state.gallery.chosen == 3


def test_the_shortcut_keeps_the_one_pointed_at(strip: Desk) -> None:
    strip.core.do(PointAt(4))
    make(strip, Keep())
    assert strip.studio.document.added[0][0] == "SDEdit t0 0.65 seed 7"
    assert strip.state.on_canvas is None, "the document itself shows it"


def test_the_shortcut_without_pictures_says_so(desk: Desk) -> None:
    desk.core.do(Keep())
    assert desk.state.status == "There are no pictures to choose from."


def test_of_a_selection_only_the_area_is_shown_and_kept(desk: Desk) -> None:
    document = desk.studio.document
    document.canvas, document.selection = Bounds(0, 0, 1000, 800), Bounds(500, 300, 60, 40)
    make(desk, MakeStrip())
    desk.core.do(PointAt(0))
    assert desk.state.on_canvas is not None
    assert desk.state.on_canvas.part == Bounds(500, 300, 60, 40)
    assert desk.state.on_canvas.place == desk.state.gallery.candidates[0].picture.bounds
    make(desk, Keep(0))
    assert document.added[0][2] == Bounds(500, 300, 60, 40)


def test_each_document_has_its_own_pictures(strip: Desk) -> None:
    strip.studio.open[2] = MemoryDocument()
    strip.studio.active = 2
    strip.core.look()
    assert strip.state.gallery.candidates == ()
    strip.studio.active = 1
    strip.core.look()
    assert len(strip.state.gallery.candidates) == 5


def test_put_away_is_put_away(strip: Desk) -> None:
    strip.core.do(PointAt(1))
    strip.core.do(PutAway())
    assert strip.state.gallery.candidates == ()
    assert strip.state.t0_marks == ()
    assert strip.state.on_canvas is None


def test_variants_come_to_choose_from_and_not_into_the_document(desk: Desk) -> None:
    desk.core.change(variants=3)
    make(desk, Generate())
    view = desk.state.gallery
    assert [candidate.seed for candidate in view.candidates] == [7, 8, 9]
    assert view.is_by_seed
    assert desk.studio.document.added == []
    assert desk.state.t0_marks == (), "the slider cannot choose between them"
    make(desk, Keep(2))
    assert desk.studio.document.added[0][0] == "SDEdit t0 0.45 seed 9"
    assert desk.state.gallery.chosen == 2


def test_the_button_makes_variants_too(desk: Desk) -> None:
    desk.core.change(variants=2)
    desk.edit()
    assert len(desk.state.gallery.candidates) == 2


def test_repeats_come_as_a_ladder_to_choose_from(desk: Desk) -> None:
    desk.core.change(repeats=3)
    make(desk, Generate())
    view = desk.state.gallery
    assert [candidate.repeat for candidate in view.candidates] == [1, 2, 3]
    assert [candidate.seed for candidate in view.candidates] == [7, 7, 7]
    assert in_words(view.candidates[1]).startswith("after repeat 2")
    assert desk.studio.document.added == []
    make(desk, Keep(1))
    assert desk.studio.document.added[0][0] == "SDEdit t0 0.45 seed 7 ×2"
    recipe = alone(desk.studio.recipe_of(1, "1"))
    assert (recipe["repeats"], recipe["ladder"]) == (2, True)


def test_cancelled_leaves_the_pictures_that_were_there(strip: Desk) -> None:
    before = strip.state.gallery.candidates
    strip.core.change(steps=200)
    strip.core.do(MakeStrip())
    strip.wait_for_status(" %")
    strip.core.cancel()
    strip.wait_for(lambda: not strip.state.is_working)
    assert strip.state.gallery.candidates == before


def test_the_kept_layer_has_the_recipe_of_its_own_picture(strip: Desk) -> None:
    make(strip, Keep(3))
    recipe = strip.studio.recipe_of(1, "1")
    assert alone(recipe)["t0"] == 0.55
    assert alone(recipe)["seed"] == 7


def test_of_a_deep_document_the_backend_sends_how_each_picture_looks(desk: Desk) -> None:
    document = desk.studio.document
    document.depth, document.colour = "U16", b"\x10\x20" * 4
    make(desk, MakeStrip())
    desk.core.do(PointAt(2))
    assert desk.state.on_canvas is not None
    picture = desk.state.on_canvas.picture
    assert picture is not None
    assert bytes(picture.data) == b"\x02\x02\x02\xff", "the third"
    make(desk, Keep(2))
    assert document.added[0][1].format.depth == "U16", "what is kept is the picture itself"
