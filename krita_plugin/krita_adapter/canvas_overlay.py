"""Pictures and outlines shown over Krita's canvas, at their place in the document.

Nothing of the document is touched: what is shown lies in a widget of its own over the canvas, which
lets every event of mouse, pen and touch through, and is there only while something is shown. It
follows zoom, scrolling, rotation and mirroring. Where the canvas cannot be found, nothing is shown.
"""

from __future__ import annotations

from ..gallery import OnCanvas
from ..protocol.bounds import Bounds
from ..qt import QtCore, QtGui, QtWidgets
from ..qt_pictures import borrowed
from ..slots import slot
from .canvas_view import CanvasView, active_canvas_view

DASH_PX = 4.0
LIGHT, DARK = QtGui.QColor(255, 255, 255, 220), QtGui.QColor(0, 0, 0, 160)


class CanvasOverlay:
    """What is shown over the canvas of the active view."""

    def __init__(self) -> None:
        self._sheet: _Sheet | None = None

    def show(self, wanted: OnCanvas | None) -> None:
        """Show exactly this; with None nothing."""
        has_something = wanted is not None and (
            wanted.picture is not None or wanted.area is not None
        )
        view = active_canvas_view() if has_something else None
        if wanted is None or view is None:
            self._take_away()
        else:
            self._sheet_over(view).draw(wanted)

    def _sheet_over(self, view: CanvasView) -> _Sheet:
        if self._sheet is None or self._sheet.parent() is not view.canvas:
            self._take_away()
            self._sheet = _Sheet(view)
            self._sheet.destroyed.connect(self._forget)
            self._sheet.show()
        return self._sheet

    def _take_away(self) -> None:
        if self._sheet is not None:
            sheet, self._sheet = self._sheet, None
            sheet.destroyed.disconnect(self._forget)
            sheet.hide()
            sheet.deleteLater()

    @slot
    def _forget(self) -> None:
        """The canvas is gone, and the sheet with it: its document was closed."""
        self._sheet = None


class _Sheet(QtWidgets.QWidget):
    """The widget over one canvas. It dies with the canvas."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view.canvas)
        self._wanted = OnCanvas()
        self._picture: QtGui.QImage | None = None
        self._view = view
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.setObjectName("sdedit_canvas_overlay")
        self.setGeometry(view.canvas.rect())
        view.canvas.installEventFilter(self)
        for bar in (view.scroll_area.horizontalScrollBar(), view.scroll_area.verticalScrollBar()):
            bar.valueChanged.connect(self._moved)
            bar.rangeChanged.connect(self._moved)

    def draw(self, wanted: OnCanvas) -> None:
        """Show this from now on. A picture of 4096×4096 is not copied, which takes a tenth of a
        second, and painting costs no more than the canvas has pixels."""
        if wanted.picture is not self._wanted.picture:
            self._picture = None if wanted.picture is None else borrowed(wanted.picture)
        self._wanted = wanted
        self.update()

    @slot
    def _moved(self) -> None:
        self.update()

    @slot
    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Grows and shrinks with the canvas."""
        if event.type() == QtCore.QEvent.Type.Resize:
            self.setGeometry(watched.rect())
        return False

    @slot
    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802, ARG002
        """All of it where the document lies now."""
        wanted, from_image = self._wanted, self._view.from_image()
        painter = QtGui.QPainter(self)
        painter.setTransform(from_image)
        if self._picture is not None and wanted.place is not None:
            painter.setClipRect(_rectangle(wanted.part or wanted.place))
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(_rectangle(wanted.place), self._picture)
            painter.setClipping(False)
        if wanted.area is not None:
            if wanted.context is not None and wanted.context != wanted.area:
                _draw_outline(painter, _rectangle(wanted.context), is_dashed=True)
            _draw_outline(painter, _rectangle(wanted.area), is_dashed=False)
        painter.end()


def _draw_outline(painter: QtGui.QPainter, rectangle: QtCore.QRectF, is_dashed: bool) -> None:
    """Light over dark, to be seen on every picture; one pixel of the screen at every zoom."""
    for colour, width_px in ((DARK, 3), (LIGHT, 1)):
        pen = QtGui.QPen(colour, width_px)
        pen.setCosmetic(True)
        pen.setCapStyle(QtCore.Qt.PenCapStyle.FlatCap)
        if is_dashed:
            pen.setDashPattern([DASH_PX / width_px, DASH_PX / width_px])
        painter.setPen(pen)
        painter.drawRect(rectangle)


def _rectangle(bounds: Bounds) -> QtCore.QRectF:
    return QtCore.QRectF(bounds.x, bounds.y, bounds.width, bounds.height)
