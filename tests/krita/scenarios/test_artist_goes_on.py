"""The artist goes on while an edit is under way: the result finds its place, nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest

from tests.krita.paintings import colour_difference, rough_landscape
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)
# Some seconds of work: time enough to do something meanwhile.
STEPS = 60
RED = (220, 30, 20)


@pytest.fixture(autouse=True)
def _begun_edit(krita: KritaSession, docker: SDEditDocker) -> None:
    """An edit that takes some seconds, of a layer above a painting; a red brush is in hand."""
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, rough_landscape(WIDTH, HEIGHT))
    krita.documents.add_layer("sketch")
    krita.documents.activate_layer("sketch")
    krita.hand.take_brush(size_px=20, rgb=RED)
    docker.set(t0=0.05, steps=STEPS)
    docker.begin()


def test_a_document_closed_meanwhile_ends_the_edit(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.close()
    docker.await_words("The document was closed, so its edit was given up.")
    assert not docker.is_working
    assert docker.guide == docker.text("area") == "–", "nothing is said of it any more"
    krita.screenshot("closed-in-flight", of="sdedit_docker")

    krita.documents.create("another", 64, 48)
    docker.set(steps=4)
    docker.generate()
    assert len(krita.documents.layers()) == 2


def test_the_result_of_a_layer_deleted_meanwhile_lies_on_top(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.remove_layer("sketch")
    docker.await_end()
    assert "Its guide layer is gone, so it lies on top." in docker.words
    assert krita.documents.layer_names() == ["SDEdit t0 0.05 seed 7", "Background"]
    assert krita.documents.undo_history() == ["Add Layer", "Remove Layer", "Add Layer"]
    picture = krita.documents.layer_pixels("SDEdit t0 0.05 seed 7", WHOLE)
    assert colour_difference(picture, rough_landscape(WIDTH, HEIGHT)) < 8


@pytest.mark.parametrize("canvas", [(0, 0, 300, 200), (40, 30, 100, 60)])
def test_a_canvas_resized_meanwhile_is_said_and_the_whole_result_is_there(
    krita: KritaSession, docker: SDEditDocker, canvas: tuple[int, int, int, int]
) -> None:
    krita.documents.resize_canvas(canvas)
    docker.await_end()
    assert "The canvas was resized meanwhile" in docker.words
    made = krita.documents.layers()[0]
    assert made.name == "SDEdit t0 0.05 seed 7"
    assert made.bounds[2:] == (WIDTH, HEIGHT)
    described = krita.documents.describe()
    assert (described["width"], described["height"]) == canvas[2:]


def test_the_result_goes_to_its_own_document_although_another_is_active(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.create("another", 64, 48)
    layers = krita.documents.layers()
    docker.await_words("as a new layer of the document it was begun in")
    assert krita.documents.layers() == layers
    assert krita.documents.undo_history() == []

    krita.hand.turn_to_document("landscape")
    assert krita.documents.layer_names() == ["SDEdit t0 0.05 seed 7", "sketch", "Background"]
    active = krita.documents.active_layer()
    assert active is not None
    assert active.name == "sketch"


def test_strokes_painted_meanwhile_stay(krita: KritaSession, docker: SDEditDocker) -> None:
    krita.hand.paint_stroke([(80, 60), (120, 60)])
    assert docker.is_working, "the stroke was not quick enough to prove anything"
    docker.await_end()
    assert krita.documents.layer_names() == ["SDEdit t0 0.05 seed 7", "sketch", "Background"]
    assert krita.documents.undo_history() == ["Add Layer", "Freehand Brush Stroke", "Add Layer"]
    assert tuple(krita.documents.layer_pixels("sketch", WHOLE)[60, 100]) == (*RED, 255)
    picture = krita.documents.layer_pixels("SDEdit t0 0.05 seed 7", WHOLE)
    assert colour_difference(picture, rough_landscape(WIDTH, HEIGHT)) < 8, "as it was when begun"


def test_a_brush_that_is_down_when_the_result_comes_is_waited_for(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    with krita.hand.holding_stroke([(80, 60), (120, 60)]):
        assert docker.is_working, "the stroke was not quick enough to prove anything"
        docker.await_words("The layer comes when you lift the brush.")
        assert docker.is_working
    docker.await_end()
    assert "as a new layer" in docker.words
    assert krita.documents.undo_history() == ["Add Layer", "Freehand Brush Stroke", "Add Layer"]
    painted = krita.documents.layer_pixels("sketch", WHOLE)
    assert (painted[60, 80:120] == (*RED, 255)).all(), "the stroke is whole"


def test_another_layer_chosen_meanwhile_stays_chosen(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.activate_layer("Background")
    docker.await_end()
    krita.run("windows.settle()")
    assert krita.documents.layer_names() == ["SDEdit t0 0.05 seed 7", "sketch", "Background"]
    active = krita.documents.active_layer()
    assert active is not None
    assert active.name == "Background"


def test_a_selection_made_meanwhile_is_left_alone(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.select((10, 10, 30, 30))
    docker.await_end()
    selection = krita.documents.selection()
    assert selection is not None
    assert selection[0] == (10, 10, 30, 30)
    made = krita.documents.layer_pixels("SDEdit t0 0.05 seed 7", WHOLE)
    assert np.all(made[:, :, 3] == 255), "the area is what it was when the edit began"


def test_an_edit_goes_on_while_krita_asks_whether_to_save(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.run("documents.active().setModified(True)")
    krita.hand.press_keys("ctrl+q")
    krita.wait_until("windows.dialog()")
    docker.await_words("as a new layer")
    assert krita.dialog() is not None, "the question is still open"
    krita.hand.press_keys("Escape")
    krita.wait_until("windows.dialog() is None")
    assert krita.documents.layer_names() == ["SDEdit t0 0.05 seed 7", "sketch", "Background"]
