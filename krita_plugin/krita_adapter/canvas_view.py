"""Where the document lies on the screen: Krita's canvas widget, and the way from image to widget.

Krita 5.1 tells scripts neither. The widget is found in Qt's tree:

    QMdiArea → its active sub-window → KisCanvasController (a scroll area) → viewport → the canvas

and the transformation follows from what the view does tell: zoom, rotation and mirroring about the
image's corner, then moved so that the scroll bars hold the distance between the canvas widget's
corner and that of the smallest upright rectangle around the turned image. (Measured with 5.1.5 at
100 % and 200 % of the screen's scale: less than a pixel off.)
"""

from __future__ import annotations

from typing import Any

from krita import Krita

from ..qt import QtCore, QtGui, QtWidgets

CONTROLLER = "KisCanvasController"
POINTS_PER_INCH = 72.0
BRUSH_UNKNOWN_PX = 100.0


class CanvasView:
    """The active view of one window, as far as Qt shows it."""

    def __init__(self, view: Any, scroll_area: QtWidgets.QAbstractScrollArea, canvas: Any) -> None:
        self.scroll_area = scroll_area
        self.canvas: QtWidgets.QWidget = canvas
        self._view = view

    def brush_px(self) -> float:
        """The diameter of the brush, in pixels of the image."""
        size = getattr(self._view, "brushSize", None)
        return BRUSH_UNKNOWN_PX if size is None else float(size())

    def from_image(self) -> QtGui.QTransform:
        """From pixels of the image to pixels of the canvas widget, as it is shown now."""
        if hasattr(self._view, "flakeToCanvasTransform"):  # since Krita 5.2
            to_flake, _ = self._view.flakeToImageTransform().inverted()
            return to_flake * self._view.flakeToCanvasTransform()
        shown, document = self._view.canvas(), self._view.document()
        zoom = shown.zoomLevel() * POINTS_PER_INCH / document.xRes()
        turned = QtGui.QTransform()
        turned.rotate(shown.rotation())
        turned.scale(-zoom if shown.mirror() else zoom, zoom)
        image = QtCore.QRectF(0, 0, document.width(), document.height())
        corner = turned.mapRect(image).topLeft()
        across, down = self.scroll_area.horizontalScrollBar(), self.scroll_area.verticalScrollBar()
        moved = QtGui.QTransform.fromTranslate(
            -corner.x() - across.value(), -corner.y() - down.value()
        )
        return turned * moved


def active_canvas_view() -> CanvasView | None:
    """The view that the artist works in; None when there is none, or Qt's tree looks otherwise."""
    window = Krita.instance().activeWindow()
    view = None if window is None else window.activeView()
    if view is None or not view.document():
        return None
    area = window.qwindow().findChild(QtWidgets.QMdiArea)
    sub_window = None if area is None else area.activeSubWindow()
    if sub_window is None:
        return None
    for scroll_area in sub_window.findChildren(QtWidgets.QAbstractScrollArea):
        if scroll_area.metaObject().className() == CONTROLLER:
            canvas = _largest(scroll_area.viewport())
            return None if canvas is None else CanvasView(view, scroll_area, canvas)
    return None


def _largest(viewport: QtWidgets.QWidget) -> QtWidgets.QWidget | None:
    """The canvas among what lies in the viewport: the widget that fills it."""
    for widget in viewport.children():
        if isinstance(widget, QtWidgets.QWidget) and widget.size() == viewport.size():
            return widget
    return None
