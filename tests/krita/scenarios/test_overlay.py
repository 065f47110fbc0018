"""What is shown over the canvas lies where the document is, whatever the view, and is not in it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.krita.session import KritaSession

WIDTH, HEIGHT = 400, 300
WHOLE = (0, 0, WIDTH, HEIGHT)
MARKS = ((40, 40), (360, 50), (350, 250), (60, 260), (200, 150))
MARK_PX = 16
DOCUMENT_RGB, OVERLAY_RGB = (0, 0, 255), (255, 0, 255)
VIEWS = (
    *((0.5, 0, False, 0), (2.0, 0, False, 30), (1.0, -75, False, 40)),
    *((1.5, 200, False, 0), (1.0, 30, True, -20), (0.7, 123, True, 0)),
)
"""Zoom, rotation, mirroring, and how far it is scrolled from the middle."""


def marked(rgb: tuple[int, int, int], ground: tuple[int, int, int, int]) -> npt.NDArray[np.uint8]:
    picture = np.empty((HEIGHT, WIDTH, 4), np.uint8)
    picture[:] = ground
    half = MARK_PX // 2
    for x, y in MARKS:
        picture[y - half : y + half, x - half : x + half] = (*rgb, 255)
    return picture


@pytest.fixture
def overlay(krita: KritaSession) -> Iterator[None]:
    """A document with blue marks; an overlay of the plugin's own ready to show pink ones there."""
    krita.documents.create("marks", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, marked(DOCUMENT_RGB, (255, 255, 255, 255)))
    krita.run("windows.hide_dockers([])")
    pixels = marked(OVERLAY_RGB, (0, 0, 0, 0))[:, :, [2, 1, 0, 3]]
    krita.run(
        "import sdedit\n"
        "from sdedit.gallery import OnCanvas\n"
        "from sdedit.krita_adapter.canvas_overlay import CanvasOverlay\n"
        "from sdedit.protocol.bounds import Bounds\n"
        "from sdedit.protocol.images import Image, PixelFormat\n"
        "sdedit.tested = CanvasOverlay()\n"
        "everywhere = Bounds(0, 0, width, height)\n"
        "sdedit.wanted = OnCanvas(Image(everywhere, PixelFormat(), pixels), everywhere)",
        width=WIDTH,
        height=HEIGHT,
        pixels=pixels.tobytes(),
    )
    yield
    hide(krita)


def show(krita: KritaSession) -> None:
    krita.run("import sdedit; sdedit.tested.show(sdedit.wanted)")


def hide(krita: KritaSession) -> None:
    krita.run("import sdedit; sdedit.tested.show(None)")


def turn_view(
    krita: KritaSession, zoom: float, rotation: float, is_mirrored: bool, scrolled: int
) -> None:
    """Show the document so, and as far from the canvas's middle."""
    krita.run("canvas.show_whole_image()")
    krita.run(
        "shown = canvas.view().canvas()\n"
        "shown.setZoomLevel(zoom)\n"
        "shown.setMirror(is_mirrored)\n"
        "shown.setRotation(rotation)\n"
        "QtWidgets.QApplication.processEvents()\n"
        "controller = canvas._visible_widget('KisCanvasController')\n"
        "for bar in (controller.horizontalScrollBar(), controller.verticalScrollBar()):\n"
        "    bar.setValue(bar.value() + scrolled)",
        zoom=zoom,
        rotation=rotation,
        is_mirrored=is_mirrored,
        scrolled=scrolled,
    )


def centres(
    krita: KritaSession, name: str, rgb: tuple[int, int, int], zoom: float
) -> npt.NDArray[np.float64]:
    """Where the marks of that colour are on the canvas: (x, y) of each, by place."""
    picture = krita.screenshot(name)  # first: Krita may still be laying its window out
    left, top, width, height = krita.run(
        "surface = canvas._visible_widget('KisQPainterCanvas')\n"
        "corner = surface.mapToGlobal(QtCore.QPoint(0, 0))\n"
        "[corner.x(), corner.y(), surface.width(), surface.height()]"
    )
    with Image.open(picture) as screen:
        shown = np.asarray(screen.convert("RGB").crop((left, top, left + width, top + height)))
    is_mark = np.abs(shown.astype(int) - rgb).sum(2) < 90
    found = []
    while is_mark.any():
        y, x = np.argwhere(is_mark)[0]
        reach = round(1.5 * MARK_PX * zoom) + 2
        part = (slice(max(0, y - reach), y + reach), slice(max(0, x - reach), x + reach))
        rows, columns = np.nonzero(is_mark[part])
        if len(rows) > MARK_PX * zoom:  # more than a stray pixel
            found.append((columns.mean() + part[1].start, rows.mean() + part[0].start))
        is_mark[part] = False
    return np.array(sorted(found)).reshape(-1, 2)


@pytest.mark.usefixtures("overlay")
def test_it_lies_within_a_pixel_of_the_document_in_every_view(krita: KritaSession) -> None:
    before = krita.documents.fingerprint()
    for number, view in enumerate(VIEWS):
        turn_view(krita, *view)
        expected = centres(krita, "overlay-document", DOCUMENT_RGB, view[0])
        show(krita)
        shown = centres(krita, f"overlay-{number}", OVERLAY_RGB, view[0])
        assert len(expected) >= 3, f"{view}: too little of the document is in sight"
        assert shown.shape == expected.shape, view
        assert np.abs(shown - expected).max() < 1.0, view
        hide(krita)
    assert krita.documents.fingerprint() == before
    assert not krita.documents.describe()["modified"]


@pytest.mark.usefixtures("overlay")
def test_it_follows_while_the_view_is_zoomed_scrolled_and_turned(krita: KritaSession) -> None:
    turn_view(krita, *VIEWS[0])
    show(krita)
    for view in ((2.0, 0, False, 30), (0.7, 123, True, 0)):
        turn_view(krita, *view)
        shown = centres(krita, "overlay-followed", OVERLAY_RGB, view[0])
        hide(krita)
        expected = centres(krita, "overlay-followed-document", DOCUMENT_RGB, view[0])
        show(krita)
        assert shown.shape == expected.shape, view
        assert np.abs(shown - expected).max() < 1.0, view


@pytest.mark.usefixtures("overlay")
def test_the_artist_paints_through_it(krita: KritaSession) -> None:
    show(krita)
    krita.hand.take_brush(size_px=20, rgb=(0, 0, 255))
    krita.hand.paint_stroke([(100, 100), (300, 200)])
    painted = krita.documents.layer_pixels("Background", (150, 120, 10, 20))
    assert (painted == (0, 0, 255, 255)).all(axis=2).any()


@pytest.mark.usefixtures("overlay")
def test_it_goes_with_its_document(krita: KritaSession) -> None:
    show(krita)
    assert krita.run("widgets.state('sdedit_canvas_overlay')['on_screen']")
    krita.documents.close_all()
    show(krita)
    names = "[widget.objectName() for widget in QtWidgets.QApplication.allWidgets()]"
    krita.wait_until(f"'sdedit_canvas_overlay' not in {names}")
