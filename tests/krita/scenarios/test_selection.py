"""Only what is selected changes, softly where the selection is soft, on the canvas alone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.krita.documents import Rect
from tests.krita.paintings import colour_difference, rough_landscape
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)
NEAR = 12.0
"""At a t0 of 0.05 even a single pixel is as near to its guide as this (the noise that was added
has a standard deviation of 3.6)."""


@pytest.fixture
def painting(krita: KritaSession) -> None:
    """An opaque painting on the one layer there is."""
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, rough_landscape(WIDTH, HEIGHT))


def inside(rect: Rect) -> tuple[slice, slice]:
    """The rows and columns of a rectangle that lies on the canvas."""
    x, y, width, height = rect
    return slice(y, y + height), slice(x, x + width)


@pytest.mark.usefixtures("painting")
def test_outside_of_a_selection_made_by_hand_every_pixel_stays(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    before = krita.documents.projection()
    krita.hand.select_rectangle((40, 30), (140, 100))
    selection = krita.documents.selection()
    assert selection is not None
    rect = selection[0]
    assert rect == pytest.approx((40, 30, 100, 70), abs=2), "the hand is that precise"

    made = docker.generate()
    krita.screenshot("selection")
    after = krita.documents.projection()
    changed = (after != before).any(axis=2)
    assert changed[inside(rect)].mean() > 0.8
    changed[inside(rect)] = False
    assert not changed.any()

    assert made.bounds == rect
    layer = krita.documents.layer_pixels(made.name, WHOLE)
    assert (layer[inside(rect)][:, :, 3] == 255).all()
    layer[inside(rect)] = 0
    assert not layer.any()
    assert krita.documents.selection() is not None, "the selection stays for the next try"


@pytest.mark.usefixtures("painting")
def test_a_soft_selection_blends_in_softly(krita: KritaSession, docker: SDEditDocker) -> None:
    before = krita.documents.projection()
    rect = (30, 24, 128, 80)
    values = np.broadcast_to(np.arange(0, 256, 2, dtype=np.uint8), (80, 128))
    krita.documents.select_softly(rect, values)

    made = docker.generate()
    layer = krita.documents.layer_pixels(made.name, WHOLE)
    assert (layer[inside(rect)][:, :, 3] == values).all(), "alpha is the selection"
    after = krita.documents.projection()
    kept = np.ones((HEIGHT, WIDTH), bool)
    kept[inside(rect)] = values == 0
    assert (after[kept] == before[kept]).all()
    # Where it is half selected the image is half changed.
    alpha = layer[:, :, 3:].astype(float) / 255
    mixed = layer[:, :, :3] * alpha + before[:, :, :3] * (1 - alpha)
    assert np.abs(after[:, :, :3] - mixed).max() <= 1


@pytest.mark.usefixtures("painting")
def test_of_a_selection_partly_off_the_canvas_the_part_on_it_changes(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    before = krita.documents.projection()
    krita.documents.select((-50, 90, 120, 90))
    krita.wait_until("'70 × 38' in widgets.state('sdedit_area')['text']")
    made = docker.generate()
    assert made.bounds == (0, 90, 70, 38)
    changed = (krita.documents.projection() != before).any(axis=2)
    assert changed[90:, :70].mean() > 0.8
    changed[90:, :70] = False
    assert not changed.any()


@pytest.mark.usefixtures("painting")
@pytest.mark.parametrize("rect", [(0, 0, 1, 1), (160, 90, 17, 33), (191, 0, 1, 128)])
def test_selections_of_odd_sizes_are_edited_where_they_are(
    krita: KritaSession, docker: SDEditDocker, rect: Rect
) -> None:
    before = krita.documents.projection()
    krita.documents.select(rect)
    # So little noise leaves the picture nearly as it was: a shifted one would be far from it.
    docker.set(t0=0.05)
    made = docker.generate()
    assert made.bounds == rect
    picture = krita.documents.layer_pixels(made.name, rect)
    assert (picture[:, :, 3] == 255).all()
    assert colour_difference(picture, before[inside(rect)]) < NEAR
    after = krita.documents.projection()
    after[inside(rect)] = before[inside(rect)]
    assert (after == before).all()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (17, 33), (1, 200), (200, 1)])
def test_canvases_of_odd_sizes_are_edited_whole(
    krita: KritaSession, docker: SDEditDocker, width: int, height: int
) -> None:
    krita.documents.create("odd", width, height)
    whole = (0, 0, width, height)
    krita.documents.write_layer("Background", whole, rough_landscape(width, height))
    docker.set(t0=0.05)
    made = docker.generate()
    assert made.bounds == whole
    picture = krita.documents.layer_pixels(made.name, whole)
    assert (picture[:, :, 3] == 255).all()
    assert colour_difference(picture, rough_landscape(width, height)) < NEAR
