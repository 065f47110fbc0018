"""Pictures and outlines shown over Krita's canvas, at their place in the document.

Nothing of the document is touched: what is shown lies in a widget of its own over the canvas, which
lets every event of mouse, pen and touch through, and is there only while something is shown. It
follows zoom, scrolling, rotation and mirroring. Where the canvas cannot be found, nothing is shown.
"""

from __future__ import annotations

from typing import Any

from ..gallery import OnCanvas
from ..protocol.bounds import Bounds
from ..protocol.images import Image
from ..qt import QtCore, QtGui, QtWidgets
from ..qt_pictures import as_qimage
from ..slots import slot
from .canvas_view import CanvasView, active_canvas_view

DASH_PX = 4.0
LIGHT, DARK = QtGui.QColor(255, 255, 255, 220), QtGui.QColor(0, 0, 0, 160)
_Pen = QtCore.Qt.PenStyle


class CanvasOverlay:
    """What is shown over the canvas of the active view."""

    def __init__(self) -> None:
        self._sheet: _Sheet | None = None
        self._picture: tuple[Image, Bounds, Bounds] | None = None
        self._outline: tuple[Bounds, Bounds] | None = None

    def show(self, wanted: OnCanvas | None) -> None:
        """Show exactly this."""
        picture = outline = None
        if wanted is not None and wanted.picture is not None and wanted.place is not None:
            picture = (wanted.picture, wanted.place, wanted.part or wanted.place)
        if wanted is not None and wanted.area is not None:
            outline = (wanted.area, wanted.context or wanted.area)
        self._show(picture, outline)

    def show_picture(self, image: Image, place: Bounds, part: Bounds | None = None) -> None:
        """Show an RGBA U8 image, of any size, over ``place`` in the document; of that only what
        lies in ``part``, if given."""
        self._show((image, place, part or place), self._outline)

    def hide_picture(self) -> None:
        """Show no picture."""
        self._show(None, self._outline)

    def show_outline(self, area: Bounds, context: Bounds) -> None:
        """Show what will change, and what the model will look at."""
        self._show(self._picture, (area, context))

    def hide_outline(self) -> None:
        """Show no outline."""
        self._show(self._picture, None)

    def hide(self) -> None:
        """Show nothing."""
        self._show(None, None)

    def _show(
        self,
        picture: tuple[Image, Bounds, Bounds] | None,
        outline: tuple[Bounds, Bounds] | None,
    ) -> None:
        if picture is None and outline is None:
            self._take_away()
        else:
            sheet = self._sheet_over_active_canvas()
            if sheet is not None:
                if picture is not self._picture:
                    sheet.picture = None if picture is None else as_qimage(picture[0])
                if picture is not None:
                    sheet.place, sheet.part = _rectangle(picture[1]), _rectangle(picture[2])
                sheet.outline = None if outline is None else tuple(map(_rectangle, outline))
                sheet.update()
        self._picture, self._outline = picture, outline

    def _sheet_over_active_canvas(self) -> _Sheet | None:
        view = active_canvas_view()
        if view is None:
            self._take_away()
            return None
        if self._sheet is not None and self._sheet.parent() is view.canvas:
            return self._sheet
        self._take_away()
        self._sheet = _Sheet(view)
        self._sheet.destroyed.connect(self._forget)
        self._sheet.show()
        return self._sheet

    def _take_away(self) -> None:
        self._picture = self._outline = None
        if self._sheet is not None:
            sheet, self._sheet = self._sheet, None
            sheet.destroyed.disconnect(self._forget)
            sheet.hide()
            sheet.deleteLater()

    @slot
    def _forget(self) -> None:
        """The canvas is gone, and the sheet with it: its document was closed."""
        self._sheet = self._picture = self._outline = None


class _Sheet(QtWidgets.QWidget):
    """The widget over one canvas. It dies with the canvas."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view.canvas)
        self.picture: QtGui.QImage | None = None
        self.place = self.part = QtCore.QRectF()
        self.outline: Any = None
        """Area and context window."""
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
        painter = QtGui.QPainter(self)
        from_image = self._view.from_image()
        painter.setTransform(from_image)
        if self.picture is not None:
            painter.setClipRect(self.part)
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.place, self.picture)
            painter.setClipping(False)
        if self.outline is not None:
            area, context = self.outline
            if context != area:
                _draw_outline(painter, context, is_dashed=True)
            _draw_outline(painter, area, is_dashed=False)
        painter.end()


def _draw_outline(painter: QtGui.QPainter, rectangle: QtCore.QRectF, is_dashed: bool) -> None:
    """Light over dark, to be seen on every picture; one pixel of the screen at every zoom."""
    for colour, width_px in ((DARK, 3), (LIGHT, 1)):
        pen = QtGui.QPen(colour, width_px)
        pen.setCosmetic(True)
        if is_dashed:
            pen.setDashPattern([DASH_PX / width_px, DASH_PX / width_px])
        painter.setPen(pen)
        painter.drawRect(rectangle)


def _rectangle(bounds: Bounds) -> QtCore.QRectF:
    return QtCore.QRectF(bounds.x, bounds.y, bounds.width, bounds.height)
