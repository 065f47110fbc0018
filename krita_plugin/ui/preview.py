"""The picture while it forms, as large as the panel allows and sharp on every screen."""

from __future__ import annotations

from ..protocol.images import Image
from ..qt import QtCore, QtGui, QtWidgets
from ..qt_pictures import Picture
from ..slots import slot

HEIGHT_LEAST_PX = 64
TEXT_MARGIN_PX = 8
LINE_WEAKNESS = 3
"""The placeholder's outline has a third of the muted text's colour."""
_Align = QtCore.Qt.AlignmentFlag


class Preview(QtWidgets.QWidget):
    """Shows one RGBA U8 picture in Krita's byte order; while there is none, its outline with a
    line of text inside; nothing at all when none can come."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self._shape: tuple[int, int] | None = None
        self._picture: Picture | None = None
        self.setMinimumHeight(HEIGHT_LEAST_PX)
        expanding = QtWidgets.QSizePolicy.Policy.Expanding
        self.setSizePolicy(expanding, expanding)

    def set_picture(self, image: Image | None) -> None:
        """Show ``image``; None shows the placeholder."""
        self._picture = None if image is None else Picture(image)
        self.update()

    def set_shape(self, shape: tuple[int, int] | None) -> None:
        """Width and height of the picture that would come next."""
        if shape != self._shape:
            self._shape = shape
            self.update()

    @slot
    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802, ARG002
        """The picture at the top, or its placeholder there."""
        painter = QtGui.QPainter(self)
        if self._picture is not None:
            self._picture.draw(painter, self.rect(), _Align.AlignTop | _Align.AlignHCenter)
        elif self._shape is not None:
            self._paint_placeholder(painter, QtCore.QSize(*self._shape))

    def _paint_placeholder(self, painter: QtGui.QPainter, shape: QtCore.QSize) -> None:
        size = shape.scaled(self.size(), QtCore.Qt.AspectRatioMode.KeepAspectRatio)
        left = (self.width() - size.width()) // 2
        outline = QtCore.QRect(left, 0, size.width() - 1, size.height() - 1)
        muted = self.palette().color(
            QtGui.QPalette.ColorGroup.Disabled, QtGui.QPalette.ColorRole.WindowText
        )
        faint = QtGui.QColor(muted)
        faint.setAlpha(muted.alpha() // LINE_WEAKNESS)
        painter.setPen(faint)
        painter.drawRect(outline)
        margin = TEXT_MARGIN_PX
        wrapped = QtCore.Qt.TextFlag.TextWordWrap | QtCore.Qt.AlignmentFlag.AlignCenter
        room = outline.adjusted(margin, margin, -margin, -margin)
        needed = painter.boundingRect(room, int(wrapped), self._text)
        if room.contains(needed):  # an area may be a narrow strip
            painter.setPen(muted)
            painter.setLayoutDirection(QtCore.Qt.LayoutDirection.LayoutDirectionAuto)
            painter.drawText(room, int(wrapped), self._text)
