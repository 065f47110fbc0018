"""Tells when the artist paints on the canvas and where, from what Qt delivers to the canvas.

Krita has no signal for a stroke. Only the canvas that is watched costs anything, and only while
something is pressed on it; no pixel is read.
"""

from __future__ import annotations

import math
from typing import Any, Callable

from krita import Krita

from ..protocol.bounds import Bounds
from ..qt import QtCore, QtWidgets
from ..slots import slot
from .canvas_view import CanvasView, active_canvas_view

_Type = QtCore.QEvent.Type
PRESSES = (_Type.MouseButtonPress, _Type.TabletPress)
MOVES = (_Type.MouseMove, _Type.TabletMove)
RELEASES = (_Type.MouseButtonRelease, _Type.TabletRelease)

ALONG_THE_PATH = frozenset(
    (
        "KritaShape/KisToolBrush",
        "KritaShape/KisToolLine",
        "KritaShape/KisToolDyna",
        "KritaShape/KisToolRectangle",
    )
)
"""Tools that paint no farther from the pointer's path than their brush is wide."""
ANYWHERE = frozenset(
    (
        "KritaShape/KisToolEllipse",
        "KisToolPolygon",
        "KisToolPolyline",
        "KisToolPencil",
        "KisToolPath",
        "KisToolEncloseAndFill",
        "KritaShape/KisToolMultiBrush",
        "KritaShape/KisToolSmartPatch",
        "KritaFill/KisToolFill",
        "KritaFill/KisToolGradient",
        "KritaTransform/KisToolMove",
    )
)
"""Tools whose paint may come anywhere."""


class StrokeWatch(QtCore.QObject):
    """Watches the canvas of the active view while it is switched on."""

    def __init__(self, began: Callable[[], None], ended: Callable[[Bounds | None], None]) -> None:
        """``ended`` is told what may have been painted, None for anything."""
        super().__init__()
        self._began = began
        self._ended = ended
        self._view: CanvasView | None = None
        self._canvas: QtWidgets.QWidget | None = None
        self._path: list[QtCore.QPointF] | None = None
        """Where the pointer has been since it is down, in pixels of the canvas widget."""

    def watch(self, is_on: bool) -> None:
        """Watch the canvas that is active now, or none. Call it now and then while it is on."""
        view = active_canvas_view() if is_on else None
        if is_on and view is None:
            return  # for a moment, as when a menu is open: what is watched stays so
        canvas = None if view is None else view.canvas
        self._view = view
        if canvas is self._canvas:
            return
        # Of the application: Krita puts its own filter of the canvas before ours, and lets nothing
        # pass, whenever the canvas gets the keyboard.
        application = QtCore.QCoreApplication.instance()
        if self._canvas is not None:
            application.removeEventFilter(self)
            self._canvas.destroyed.disconnect(self._forget)
        self._canvas, self._path = canvas, None
        if canvas is not None:
            application.installEventFilter(self)
            canvas.destroyed.connect(self._forget)

    @slot
    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Qt's call before anything gets an event; Krita gets every one of them."""
        if watched is not self._canvas:
            return False
        kind = event.type()
        if kind in PRESSES and self._path is None and _tool() is not None:
            if event.button() == QtCore.Qt.MouseButton.LeftButton:
                self._path = [_place(event)]
                # After Krita has had it: what we do next must not come before the stroke.
                QtCore.QTimer.singleShot(0, self._say_began)
        elif self._path is not None and kind in MOVES:
            self._path.append(_place(event))
        elif self._path is not None and kind in RELEASES:
            self._path.append(_place(event))
            path, self._path = self._path, None
            area = self._painted(path)
            QtCore.QTimer.singleShot(0, lambda: self._say_ended(area))
        return False

    @slot
    def _say_began(self) -> None:
        self._began()

    @slot
    def _say_ended(self, area: Bounds | None) -> None:
        self._ended(area)

    def _painted(self, path: list[QtCore.QPointF]) -> Bounds | None:
        if self._view is None or _tool() not in ALONG_THE_PATH:
            return None
        to_image, is_possible = self._view.from_image().inverted()
        if not is_possible:
            return None
        places = [to_image.map(place) for place in path]
        reach = self._view.brush_px() / 2
        left = math.floor(min(place.x() for place in places) - reach)
        top = math.floor(min(place.y() for place in places) - reach)
        right = math.ceil(max(place.x() for place in places) + reach)
        bottom = math.ceil(max(place.y() for place in places) + reach)
        return Bounds(left, top, right - left, bottom - top)

    @slot
    def _forget(self) -> None:
        QtCore.QCoreApplication.instance().removeEventFilter(self)
        self._canvas = self._view = self._path = None


def _tool() -> str | None:
    """The tool that is chosen, if it paints: the button of its name is down in Krita's toolbox."""
    window = Krita.instance().activeWindow()
    buttons = [] if window is None else window.qwindow().findChildren(QtWidgets.QToolButton)
    names = ALONG_THE_PATH | ANYWHERE
    for button in buttons:
        if button.isChecked() and button.objectName() in names:
            return str(button.objectName())
    return None


def _place(event: Any) -> QtCore.QPointF:
    """Where in the canvas widget an event is, with either Qt."""
    if hasattr(event, "position"):
        return event.position()
    return event.posF() if hasattr(event, "posF") else event.localPos()
