"""A layer or mask is named as the t0 map, for as long as the document is open."""

from __future__ import annotations

import pytest
from sdedit.features.t0_map_choice import ChooseT0Map, ListT0Maps
from sdedit.panel_state import Mood
from sdedit.protocol.images import Image
from sdedit.studio import LayerLook, NamedLayer
from sdedit.ways import Way

from tests.plugin.desk import Desk
from tests.plugin.memory_studio import MemoryDocument

GREY = b"\x80\x80\x80\xff"


@pytest.fixture(autouse=True)
def _layers(desk: Desk) -> None:
    desk.studio.document.others = {"fog": GREY, "sky": GREY}


def request_of(desk: Desk):
    desk.core.press()
    (job,) = desk.core.jobs
    desk.wait_for(lambda: job.request is not None)
    return job.request


def test_the_layers_are_listed_when_the_artist_opens_the_list(desk: Desk) -> None:
    assert desk.state.t0_map_layers == ()
    desk.core.do(ListT0Maps())
    assert desk.state.t0_map_layers == (NamedLayer("fog", "Fog"), NamedLayer("sky", "Sky"))


def test_the_maps_pixels_go_with_the_guide(desk: Desk) -> None:
    desk.core.do(ChooseT0Map("fog"))
    sent = request_of(desk).t0_map
    assert isinstance(sent, Image)
    assert bytes(sent.data[:4]) == GREY


def test_none_takes_it_away(desk: Desk) -> None:
    desk.core.do(ChooseT0Map("fog"))
    desk.core.do(ChooseT0Map(""))
    assert request_of(desk).t0_map is None


def test_a_map_that_is_gone_is_told_in_a_sentence_and_found_again_after_an_undo(
    desk: Desk,
) -> None:
    desk.core.do(ListT0Maps())
    desk.core.do(ChooseT0Map("fog"))
    fog = desk.studio.document.others.pop("fog")
    desk.core.tick()
    assert desk.state.status == "The layer of the t0 map is gone."
    assert desk.state.hint == "Choose another one, or None, under More."
    assert desk.state.mood is Mood.PROBLEM
    desk.core.press()
    assert not desk.state.is_working
    desk.core.do(ListT0Maps())
    assert NamedLayer("fog", "Fog") in desk.state.t0_map_layers, "it is still the chosen one"
    desk.studio.document.others["fog"] = fog
    desk.core.tick()
    assert desk.state.mood is Mood.CALM
    desk.edit()
    assert len(desk.studio.document.added) == 1


def test_a_map_that_goes_while_the_guide_is_read_ends_the_edit_with_that_sentence(
    desk: Desk,
) -> None:
    desk.core.do(ChooseT0Map("fog"))
    desk.studio.steps = 5
    desk.core.press()
    del desk.studio.document.others["fog"]
    desk.wait_for_status("The layer of the t0 map is gone.")
    assert not desk.state.is_working
    assert not desk.studio.document.added


def test_each_document_has_its_own(desk: Desk) -> None:
    desk.core.do(ChooseT0Map("fog"))
    desk.studio.open[2] = MemoryDocument()
    desk.studio.active = 2
    desk.core.look()
    assert desk.state.t0_map == ""
    desk.studio.active = 1
    desk.core.look()
    assert desk.state.t0_map == "fog"


def test_the_map_itself_is_never_taken_for_strokes(desk: Desk) -> None:
    document = desk.studio.document
    document.painted = document.canvas
    document.look = LayerLook(has_clear=True, is_over_picture=True)
    document.others["paint"] = GREY
    desk.core.look()
    assert desk.state.way is Way.LOCAL
    desk.core.do(ChooseT0Map("paint"))
    assert desk.state.way is Way.REFINE
