"""Live, painted by hand: strokes are refined over the canvas, and nothing is in the document."""

from __future__ import annotations

import pytest

from tests.krita.paintings import rough_landscape
from tests.krita.sdedit_docker import EDIT_TIMEOUT_S, REACTION_TIMEOUT_S, SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 320, 240
WHOLE = (0, 0, WIDTH, HEIGHT)
IS_OVER_CANVAS = "widgets.is_there('sdedit_canvas_overlay')"


@pytest.fixture
def live(krita: KritaSession, docker: SDEditDocker) -> None:
    krita.documents.create("live", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, rough_landscape(WIDTH, HEIGHT))
    krita.hand.take_brush(size_px=12, rgb=(40, 90, 40))
    docker.set(t0=0.5)  # typed: so the keyboard is in the docker when the stroke begins
    krita.hand.click("sdedit_live")
    docker.await_words("Live", REACTION_TIMEOUT_S)


@pytest.mark.usefixtures("live")
def test_a_stroke_is_refined_when_the_pen_is_lifted_and_kept_with_a_key(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    stroke = [(60, 60), (120, 90), (160, 70)]
    with krita.hand.holding_stroke(stroke):
        assert not docker.is_working, "never in mid-stroke"
    krita.wait_until(IS_OVER_CANVAS, EDIT_TIMEOUT_S)
    krita.screenshot("live")
    assert [layer.name for layer in krita.documents.layers()] == ["Background"]

    krita.run("app.action('sdedit_apply').trigger()")
    docker.await_words("layer", EDIT_TIMEOUT_S)
    krita.wait_until("len(app.activeDocument().topLevelNodes()) == 2", EDIT_TIMEOUT_S)
    (made,) = [layer for layer in krita.documents.layers() if layer.name != "Background"]
    x, y, width, height = made.bounds
    assert x < 60
    assert y < 60
    assert x + width > 160
    assert y + height > 90
    assert width < WIDTH - 60, "the stroke's surroundings alone"

    krita.run("app.action('sdedit_live').trigger()")
    docker.await_words("Live is off", REACTION_TIMEOUT_S)
    krita.hand.paint_stroke(stroke)
    assert not docker.is_working
