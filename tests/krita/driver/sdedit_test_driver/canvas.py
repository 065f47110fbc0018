"""The canvas: where image pixels are on the screen, and the brush that paints them."""

from __future__ import annotations

from typing import Any

from krita import Krita, ManagedColor, View
from PyQt5.QtCore import QPoint
from PyQt5.QtGui import QColor
from PyQt5.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from . import documents, windows

FREEHAND_BRUSH = "KritaShape/KisToolBrush"
# Room left around the image, so that strokes may begin and end outside of it.
MARGIN_PX = 24


def view() -> View:
    """The active view."""
    return Krita.instance().activeWindow().activeView()


def _visible_widget(class_name: str) -> Any:
    """The one visible widget of a class that Krita gives no object name."""
    for widget in windows.main_window().findChildren(QWidget):
        if widget.metaObject().className() == class_name and widget.isVisible():
            return widget
    raise LookupError(f"no {class_name} can be seen: is a document open?")


def show_whole_image() -> None:
    """Upright, centred, at 100 % or the first half, quarter, ... at which all of it is seen."""
    document = documents.active()
    surface = _visible_widget("KisQPainterCanvas")
    room = (surface.width() - 2 * MARGIN_PX, surface.height() - 2 * MARGIN_PX)
    zoom = 1.0
    while document.width() * zoom > room[0] or document.height() * zoom > room[1]:
        zoom /= 2
    scroll = (
        int(document.width() * zoom - surface.width()) // 2,
        int(document.height() * zoom - surface.height()) // 2,
    )
    controller: QAbstractScrollArea = _visible_widget("KisCanvasController")
    bars = (controller.horizontalScrollBar(), controller.verticalScrollBar())
    shown = view().canvas()
    shown.setMirror(False)
    shown.resetRotation()
    if abs(_zoom() - zoom) > 1e-6:  # each change of zoom puts a message on the canvas
        shown.setZoomLevel(zoom)
        QApplication.processEvents()
    for bar, value in zip(bars, scroll):
        bar.setValue(value)
    QApplication.processEvents()


def _zoom() -> float:
    """Screen pixels per image pixel: what ``setZoomLevel`` takes. ``zoomLevel`` tells that times
    the image's dots per inch / 72."""
    return float(view().canvas().zoomLevel() * 72.0 / documents.active().xRes())


def placement() -> dict[str, float]:
    """How image coordinates become screen points: ``screen = left + zoom * image``.

    Krita 5.1 offers no such transform to scripts; but the scroll bars of its canvas controller
    hold exactly the distance from the image's corner to the widget's.
    """
    controller: QAbstractScrollArea = _visible_widget("KisCanvasController")
    surface = _visible_widget("KisQPainterCanvas")
    corner = surface.mapToGlobal(QPoint(0, 0))
    if view().canvas().rotation() or view().canvas().mirror():
        raise RuntimeError("the canvas is turned or mirrored")
    return {
        "zoom": _zoom(),
        "left": corner.x() - controller.horizontalScrollBar().value(),
        "top": corner.y() - controller.verticalScrollBar().value(),
        "seen_left": corner.x(),
        "seen_top": corner.y(),
        "seen_right": corner.x() + surface.width(),
        "seen_bottom": corner.y() + surface.height(),
    }


def take_tool(action: str) -> None:
    """Take the tool of a toolbox action."""
    Krita.instance().action(action).trigger()
    QApplication.processEvents()


def take_brush(preset: str, size_px: float, rgb: list[int]) -> None:
    """Take the freehand brush tool, a preset, a size in image pixels and a colour."""
    take_tool(FREEHAND_BRUSH)
    current = view()
    presets = Krita.instance().resources("preset")
    if preset not in presets:
        raise LookupError(f"no brush preset {preset!r} among {sorted(presets)}")
    current.setCurrentBrushPreset(presets[preset])
    current.setBrushSize(size_px)
    colour = ManagedColor.fromQColor(QColor(*rgb), current.canvas())
    current.setForeGroundColor(colour)
    QApplication.processEvents()
