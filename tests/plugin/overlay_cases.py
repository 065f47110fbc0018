"""Run by `test_panel` once for each Qt: the overlay on a tree of widgets like Krita's.

What it looks like in the real one is shown by `tests/krita/scenarios/test_overlay.py`; here are the
Kritas that look otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest

KRITA = SimpleNamespace(window=None)
KRITA.activeWindow = lambda: KRITA.window
sys.modules["krita"] = SimpleNamespace(Krita=SimpleNamespace(instance=lambda: KRITA))  # type: ignore[assignment]

from sdedit.gallery import OnCanvas  # noqa: E402
from sdedit.krita_adapter.canvas_overlay import CanvasOverlay  # noqa: E402
from sdedit.krita_adapter.canvas_view import active_canvas_view  # noqa: E402
from sdedit.protocol.bounds import Bounds  # noqa: E402
from sdedit.protocol.images import Image, PixelFormat  # noqa: E402
from sdedit.qt import QtCore, QtGui, QtWidgets  # noqa: E402

PLACE = Bounds(10, 10, 20, 20)
RED = Image(Bounds(0, 0, 4, 4), PixelFormat(), b"\x00\x00\xff\xff" * 16)
PICTURE, OUTLINE = OnCanvas(RED, PLACE), OnCanvas(area=PLACE, context=Bounds(0, 0, 60, 60))
WIDTH, HEIGHT = 300, 200


class KisCanvasController(QtWidgets.QAbstractScrollArea):
    """Named as Krita's, which is how it is found."""


class FakeView:
    """A view of an image of 100×80 pixels, scrolled to its corner."""

    def __init__(self) -> None:
        self.zoom, self.angle, self.is_mirrored = 1.0, 0.0, False

    def canvas(self) -> SimpleNamespace:
        return SimpleNamespace(
            zoomLevel=lambda: self.zoom,
            rotation=lambda: self.angle,
            mirror=lambda: self.is_mirrored,
        )

    def document(self) -> SimpleNamespace:
        return SimpleNamespace(width=lambda: 100, height=lambda: 80, xRes=lambda: 72.0)


class NewerView(FakeView):
    """As Krita 5.2 has it."""

    def flakeToImageTransform(self) -> QtGui.QTransform:  # noqa: N802 (Krita's name)
        return QtGui.QTransform.fromScale(0.5, 0.5)

    def flakeToCanvasTransform(self) -> QtGui.QTransform:  # noqa: N802 (Krita's name)
        return QtGui.QTransform.fromTranslate(7, 9)


@pytest.fixture
def canvas(application) -> Iterator[QtWidgets.QWidget]:
    """The canvas widget of a window like Krita's."""
    window = QtWidgets.QMainWindow()
    area = QtWidgets.QMdiArea()
    window.setCentralWidget(area)
    controller = KisCanvasController()
    surface = QtWidgets.QWidget(controller.viewport())
    sub_window = area.addSubWindow(controller)
    window.resize(WIDTH + 100, HEIGHT + 100)
    window.show()
    area.setActiveSubWindow(sub_window)
    application.processEvents()
    surface.resize(controller.viewport().size())
    surface.show()
    view = FakeView()
    KRITA.window = SimpleNamespace(qwindow=lambda: window, activeView=lambda: view)
    yield surface
    KRITA.window = None
    window.close()


def sheets(canvas: QtWidgets.QWidget) -> list[QtWidgets.QWidget]:
    return canvas.findChildren(QtWidgets.QWidget, "sdedit_canvas_overlay")


def is_red(canvas: QtWidgets.QWidget, x: int, y: int) -> bool:
    return bool(canvas.grab().toImage().pixelColor(x, y).name() == "#ff0000")


def test_a_picture_is_drawn_at_its_place_and_goes_without_a_trace(application, canvas) -> None:
    overlay = CanvasOverlay()
    overlay.show(PICTURE)
    (sheet,) = sheets(canvas)
    assert sheet.geometry() == canvas.rect()
    assert sheet.testAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    assert [is_red(canvas, at, at) for at in (8, 12, 28, 32)] == [False, True, True, False]
    overlay.show(None)
    application.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    assert sheets(canvas) == []


def test_only_a_part_of_it_may_be_shown(canvas) -> None:
    overlay = CanvasOverlay()
    overlay.show(replace(PICTURE, part=Bounds(20, 20, 5, 5)))
    assert [is_red(canvas, at, at) for at in (12, 22, 28)] == [False, True, False]


def test_outlines_are_drawn_light_over_dark_and_the_context_dashed(canvas) -> None:
    plain = canvas.grab().toImage()
    overlay = CanvasOverlay()
    overlay.show(OUTLINE)
    seen = canvas.grab().toImage()

    def changed(y: int, last: int) -> int:
        return sum(seen.pixel(x, y) != plain.pixel(x, y) for x in range(last))

    assert changed(PLACE.y, 29) >= PLACE.width - 2
    assert 10 < changed(60, 60) < 50, "dashed"
    assert changed(20, 10) <= 3, "nothing between the two"


def test_it_grows_with_the_canvas(canvas) -> None:
    overlay = CanvasOverlay()
    overlay.show(PICTURE)
    canvas.resize(500, 400)
    assert sheets(canvas)[0].geometry() == canvas.rect()


def test_zoomed_turned_and_mirrored_it_lies_where_krita_shows_the_image(canvas) -> None:
    view = KRITA.activeWindow().activeView()
    view.zoom, view.angle, view.is_mirrored = 2.0, 90.0, True
    overlay = CanvasOverlay()
    overlay.show(PICTURE)
    # Mirrored, (x, y) goes to (-x, y); turned by 90°, to (-y, -x); the corner of the image's
    # rectangle is then at (-80, -100), and all of it twice as large.
    assert is_red(canvas, 2 * (80 - 20), 2 * (100 - 20))
    assert not is_red(canvas, 2 * 20, 2 * 20)


@pytest.mark.usefixtures("canvas")
def test_a_krita_that_tells_its_transformations_is_believed() -> None:
    window = KRITA.activeWindow()
    newer = NewerView()
    window.activeView = lambda: newer
    found = active_canvas_view()
    assert found is not None
    assert found.from_image().map(10.0, 10.0) == (10 / 0.5 + 7, 10 / 0.5 + 9)


@pytest.mark.usefixtures("application")
def test_a_krita_whose_windows_are_made_otherwise_shows_nothing_and_goes_on() -> None:
    overlay = CanvasOverlay()
    bare = QtWidgets.QMainWindow()
    view = FakeView()
    for window in (
        None,
        SimpleNamespace(activeView=lambda: None),
        SimpleNamespace(activeView=lambda: view, qwindow=lambda: bare),
    ):
        KRITA.window = window
        assert active_canvas_view() is None
        overlay.show(PICTURE)
        overlay.show(OUTLINE)
        overlay.show(None)
    KRITA.window = None


def test_a_canvas_that_goes_takes_it_along(application, canvas) -> None:
    overlay = CanvasOverlay()
    overlay.show(PICTURE)
    canvas.deleteLater()
    application.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    KRITA.window = None
    overlay.show(OUTLINE)
    overlay.show(None)
