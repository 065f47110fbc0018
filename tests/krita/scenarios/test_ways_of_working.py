"""Three ways of working, each in one action from the open docker, and one click to change it."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.krita.documents import Pixels
from tests.krita.paintings import photograph, rough_landscape
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 320, 240
WHOLE = (0, 0, WIDTH, HEIGHT)
WHITE = (245, 245, 250)


@pytest.fixture
def photo(krita: KritaSession, docker: SDEditDocker) -> Pixels:
    """A photograph, open; the artist's own t0 is 0.5."""
    krita.documents.create("photo", WIDTH, HEIGHT)
    docker.choose_guide("Active layer and below")
    photo = photograph(WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, photo)
    docker.set(t0=0.5)
    return photo


def paint_strokes(krita: KritaSession) -> None:
    """Some snow on the hill, with a brush, on a new layer."""
    krita.documents.add_layer("snow")
    krita.documents.activate_layer("snow")
    krita.hand.take_brush(size_px=14, rgb=WHITE)
    krita.hand.paint_stroke([(180, 110), (230, 90), (260, 96)])
    krita.hand.paint_stroke([(200, 120), (240, 112)])


def far_from(opaque: np.ndarray, pixels: int) -> np.ndarray:
    """Where no pixel of a shape is within so many pixels, in rows or in columns."""
    near = np.zeros_like(opaque)
    for y, x in np.argwhere(opaque):
        near[max(0, y - pixels) : y + pixels + 1, max(0, x - pixels) : x + pixels + 1] = True
    return ~near


def test_a_painting_on_paper_becomes_a_picture_of_the_whole_canvas(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.create("painting", WIDTH, HEIGHT)
    krita.documents.add_layer("colours")
    krita.documents.activate_layer("colours")
    krita.documents.write_layer("colours", (0, 0, WIDTH, 200), rough_landscape(WIDTH, HEIGHT)[:200])
    krita.wait_until("'Whole canvas, 320 × 240' in widgets.state('sdedit_area')['text']")
    assert docker.way == "refine"
    assert docker.generate().bounds == WHOLE


def test_strokes_on_their_own_layer_change_only_themselves_and_a_little_around(
    krita: KritaSession, docker: SDEditDocker, photo: Pixels
) -> None:
    paint_strokes(krita)
    krita.wait_until("'Your strokes' in widgets.state('sdedit_area')['text']")
    assert docker.way == "local"
    assert docker.words == "Only your strokes change, and a little around them."
    krita.screenshot("local-edit-before")
    painted = krita.documents.projection()
    made = docker.generate()
    krita.screenshot("local-edit-after")

    alpha = krita.documents.layer_pixels("snow", WHOLE)[:, :, 3] > 0
    result = krita.documents.projection()
    assert (result[alpha] != painted[alpha]).any(axis=1).mean() > 0.8, "the strokes are repainted"
    _, _, width, height = made.bounds
    assert width * height < 0.2 * WIDTH * HEIGHT
    layer = krita.documents.layer_pixels(made.name, WHOLE)
    assert (layer[alpha][:, 3] == 255).all()
    assert 0 < layer[:, :, 3][~alpha & (layer[:, :, 3] > 0)].min() < 128, "its edge is soft"
    edge = 12
    far = far_from(alpha, edge)
    assert (layer[far] == 0).all()
    assert (result[far] == photo[far]).all()
    # The layer of strokes is as it was, and one undo takes the result away.
    krita.hand.press_keys("ctrl+z")
    krita.wait_until("len(documents.layers()) == 2")
    assert (krita.documents.projection() == painted).all()


@pytest.mark.usefixtures("photo")
def test_a_pasted_piece_is_blended_in_at_a_low_t0_of_its_own(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.hand.select_rectangle((20, 120), (110, 190))
    krita.hand.press_keys("ctrl+c")
    krita.wait_until("QtWidgets.QApplication.clipboard().mimeData().hasImage()")
    krita.hand.press_keys("ctrl+v")
    # With a selection, Krita shows a mask of that among the layers.
    krita.wait_until("len(documents.layers()) == 3")
    # Krita may be busy with the paste, and miss a key.
    krita.run("app.action('deselect').trigger()")
    krita.wait_until("len(documents.layers()) == 2")
    krita.run("documents.active().activeNode().setName('pasted')")
    krita.hand.move_layer((60, 150), (220, 70))
    krita.wait_until("'The layer and its edge' in widgets.state('sdedit_area')['text']")
    assert docker.way == "blend"
    assert docker.value("t0") == 0.25
    assert docker.text("t0_word") == "for blending"
    assert "blended in" in docker.words
    krita.screenshot("compositing-before")
    before = krita.documents.projection()
    docker.set(steps=12)
    docker.generate()
    krita.screenshot("compositing-after")

    alpha = krita.documents.layer_pixels("pasted", WHOLE)[:, :, 3] > 0
    change = np.abs(krita.documents.projection().astype(int) - before)[:, :, :3].mean(axis=2)
    heart = far_from(~alpha, 24)
    band = ~far_from(alpha, 4) & ~far_from(~alpha, 4)
    assert heart.sum() > 200
    assert change[heart].mean() < 0.7 * change[band].mean(), "the object stays, its edge changes"
    assert (change[far_from(alpha, 12)] == 0).all()

    krita.documents.activate_layer("Background")
    krita.wait_until("widgets.state('sdedit_t0')['value'] == 0.5")
    assert docker.way == "refine"
    krita.documents.activate_layer("pasted")
    krita.wait_until("widgets.state('sdedit_t0')['value'] == 0.25")


@pytest.mark.usefixtures("photo")
def test_one_click_chooses_another_way_for_that_layer(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    paint_strokes(krita)
    krita.wait_until("'Your strokes' in widgets.state('sdedit_area')['text']")
    docker.choose_way("blend")
    assert "The layer and its edge" in docker.text("area")
    assert docker.value("t0") == 0.25
    docker.choose_way("refine")
    assert docker.value("t0") == 0.5
    assert docker.generate().bounds == WHOLE
    krita.documents.activate_layer("Background")
    krita.wait_until("not widgets.state('sdedit_way_local')['enabled']")
    krita.documents.activate_layer("snow")
    krita.wait_until("widgets.state('sdedit_way_local')['enabled']")
    assert docker.way == "refine", "it is remembered"


@pytest.mark.usefixtures("photo")
def test_a_selection_is_kept_to_whatever_the_layer_is(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    paint_strokes(krita)
    krita.hand.select_rectangle((30, 20), (130, 90))
    krita.wait_until("'Selection, ' in widgets.state('sdedit_area')['text']")
    assert docker.way == "local"
    assert not krita.hand.widget("sdedit_way_refine")["enabled"]
    selection = krita.documents.selection()
    assert selection is not None
    assert docker.generate().bounds == selection[0]


@pytest.mark.usefixtures("photo")
def test_the_canvas_shows_area_and_context_while_the_pointer_is_where_the_docker_tells_them(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    paint_strokes(krita)
    krita.wait_until("'Your strokes' in widgets.state('sdedit_area')['text']")
    before = krita.documents.fingerprint(), krita.documents.undo_history()
    krita.hand.hover("sdedit_area")
    krita.wait_until("widgets.state('sdedit_canvas_overlay')['visible']")
    krita.screenshot("area-on-canvas")
    krita.hand.hover("sdedit_status")
    krita.wait_until("not widgets.is_there('sdedit_canvas_overlay')")
    krita.hand.hover("sdedit_generate")
    krita.wait_until("widgets.state('sdedit_canvas_overlay')['visible']")
    assert (krita.documents.fingerprint(), krita.documents.undo_history()) == before
    assert docker.text("generate") == "Generate"


@pytest.mark.usefixtures("photo")
def test_pixels_are_looked_at_when_something_changes_or_the_hand_comes_near_and_not_while_idle(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    paint_strokes(krita)
    krita.wait_until("'Your strokes' in widgets.state('sdedit_area')['text']")
    krita.hand.show_whole_image()
    krita.run(
        "from sdedit.krita_adapter import layer_look\n"
        "real, looks = layer_look._look_at, []\n"
        "layer_look._look_at = lambda *given: looks.append(0) or real(*given)\n"
        "krita.sdedit_looks, krita.sdedit_look_at = looks, real"
    )
    ticks = "len(krita.sdedit_looks)"
    time.sleep(1.5)  # what was painted last is looked at within a second
    krita.run("krita.sdedit_looks.clear()")
    time.sleep(2.5)  # longer than two looks at the document
    assert krita.run(ticks) == 0
    krita.hand.paint_stroke([(60, 60), (90, 60)])
    krita.wait_until(ticks)
    krita.run("krita.sdedit_looks.clear()")
    krita.hand.hover("sdedit_status")
    krita.wait_until(ticks)
    krita.run(
        "from sdedit.krita_adapter import layer_look\nlayer_look._look_at = krita.sdedit_look_at"
    )
    assert docker.way == "local"
