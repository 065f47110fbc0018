"""Paint, press Generate, get a layer: the whole way, by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.krita.paintings import agreement_of_colours, colour_difference, is_flat
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)


@pytest.fixture
def painting(krita: KritaSession) -> None:
    """Sky, hill and meadow, painted with a real brush on a layer of their own."""
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.add_layer("strokes")
    krita.documents.activate_layer("strokes")
    for rgb, size_px, points in (
        ((120, 170, 225), 60, [(0, 20), (192, 20), (192, 50), (0, 50)]),
        ((85, 95, 110), 30, [(60, 75), (110, 45), (192, 70)]),
        ((60, 120, 50), 50, [(0, 105), (192, 105)]),
    ):
        krita.hand.take_brush(size_px=size_px, rgb=rgb)
        krita.hand.paint_stroke(points)


@pytest.mark.usefixtures("painting")
def test_strokes_become_a_picture_on_one_new_layer(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    layers_before = krita.documents.layers()
    pixels_before = [krita.documents.layer_bytes(layer.name, WHOLE) for layer in layers_before]
    guide = krita.documents.projection()
    history_before = krita.documents.undo_history()

    docker.set(steps=20)
    made = docker.generate()
    krita.screenshot("first-light")

    layers = krita.documents.layers()
    assert layers == [made, *layers_before], "the new layer lies above the active one"
    assert (made.kind, made.visible, made.opacity, made.locked, made.blending) == (
        "paintlayer",
        True,
        255,
        False,
        "normal",
    )
    assert made.bounds == WHOLE
    assert krita.documents.undo_history() == [*history_before, "Add Layer"], "one undo step"
    pixels_after = [krita.documents.layer_bytes(layer.name, WHOLE) for layer in layers_before]
    assert pixels_after == pixels_before
    assert krita.documents.selection() is None
    active = krita.documents.active_layer()
    assert active is not None
    assert active.name == "strokes", "the painter goes on where they were"

    picture = krita.documents.layer_pixels(made.name, WHOLE)
    assert (picture[:, :, 3] == 255).all()
    assert colour_difference(picture, guide) > 2, "nothing was changed"
    assert colour_difference(picture, guide) < 60, "it has left the painting"
    assert not is_flat(picture)
    assert agreement_of_colours(picture) > 0.5, "it looks like noise"
    assert (krita.documents.projection() == picture).all()


@pytest.mark.usefixtures("painting")
def test_undo_by_keyboard_takes_the_layer_away_and_redo_brings_the_same_back(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    painted = krita.documents.projection()
    layers_before, history_before = krita.documents.layers(), krita.documents.undo_history()
    # The last touch is a field with the keyboard in it, which would keep Ctrl+Z to itself.
    krita.hand.click("sdedit_steps")
    made = docker.generate()
    picture = krita.documents.layer_pixels(made.name, WHOLE)

    krita.hand.press_keys("ctrl+z")
    krita.wait_until("documents.undo_history() == history", history=history_before)
    assert krita.documents.layers() == layers_before
    assert (krita.documents.projection() == painted).all()

    krita.hand.press_keys("ctrl+shift+z")
    krita.wait_until("len(documents.undo_history()) == count", count=len(history_before) + 1)
    assert krita.documents.layers() == [made, *layers_before]
    assert (krita.documents.layer_pixels(made.name, WHOLE) == picture).all()
    assert (krita.documents.projection() == picture).all()


@pytest.mark.usefixtures("painting")
def test_the_result_survives_saving_and_reopening(
    krita: KritaSession, docker: SDEditDocker, tmp_path: Path
) -> None:
    krita.hand.select_rectangle((20, 20), (150, 100))
    docker.generate()
    shown, names = krita.documents.projection(), krita.documents.layer_names()
    krita.documents.save_as(tmp_path / "landscape.kra")
    krita.documents.close()

    krita.documents.open(tmp_path / "landscape.kra")
    assert krita.documents.layer_names() == names
    assert (krita.documents.projection() == shown).all()


@pytest.mark.usefixtures("painting")
def test_two_edits_in_a_row_lie_one_above_the_other_and_are_undone_one_by_one(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    painted = krita.documents.projection()
    first = docker.generate()
    shown_first = krita.documents.projection()
    docker.set(seed=8)
    second = docker.generate()
    assert krita.documents.layer_names()[:3] == [second.name, first.name, "strokes"]
    assert not np.array_equal(krita.documents.projection(), shown_first)
    krita.documents.undo()
    assert (krita.documents.projection() == shown_first).all()
    krita.documents.undo()
    assert (krita.documents.projection() == painted).all()


@pytest.mark.usefixtures("painting")
def test_what_one_painting_came_to_is_not_said_of_the_next(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.generate()
    assert "Done" in docker.words
    krita.documents.close()
    docker.await_words("No document is open.")
    krita.documents.create("next", 64, 48)
    docker.await_words("Ready on ")
