"""The picture while it forms, as large as the panel allows and sharp on every screen."""

from __future__ import annotations

from ..protocol.images import Image
from ..qt import BGRA_FORMAT, QtCore, QtGui, QtWidgets
from ..slots import slot

HEIGHT_LEAST_PX = 64
BYTES_PER_PIXEL = 4


class Preview(QtWidgets.QWidget):
    """Shows one RGBA U8 picture in Krita's byte order, or a line of text while there is none."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self._picture: QtGui.QImage | None = None
        self._scaled: QtGui.QPixmap | None = None
        self.setMinimumHeight(HEIGHT_LEAST_PX)
        expanding = QtWidgets.QSizePolicy.Policy.Expanding
        self.setSizePolicy(expanding, expanding)

    def set_picture(self, image: Image | None) -> None:
        """Show ``image``; None shows the text."""
        self._picture = None if image is None else _as_qimage(image)
        self._scaled = None
        self.update()

    @slot
    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802, ARG002
        """The picture is fitted anew when it is painted next."""
        self._scaled = None

    @slot
    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802, ARG002
        """The picture at the top, or the text in the middle."""
        painter = QtGui.QPainter(self)
        if self._picture is None:
            muted = self.palette().color(
                QtGui.QPalette.ColorGroup.Disabled, QtGui.QPalette.ColorRole.WindowText
            )
            painter.setPen(muted)
            wrapped = QtCore.Qt.TextFlag.TextWordWrap | QtCore.Qt.AlignmentFlag.AlignCenter
            painter.drawText(self.rect(), int(wrapped), self._text)
            return
        pixmap = self._fitted(self._picture)
        size = pixmap.size() / pixmap.devicePixelRatio()
        painter.drawPixmap((self.width() - size.width()) // 2, 0, pixmap)

    def _fitted(self, picture: QtGui.QImage) -> QtGui.QPixmap:
        ratio = self.devicePixelRatioF()
        if self._scaled is None or self._scaled.devicePixelRatio() != ratio:
            fitted = picture.scaled(
                round(self.width() * ratio),
                round(self.height() * ratio),
                QtCore.Qt.AspectRatioMode.KeepAspectRatio,
                QtCore.Qt.TransformationMode.SmoothTransformation,
            )
            self._scaled = QtGui.QPixmap.fromImage(fitted)
            self._scaled.setDevicePixelRatio(ratio)
        return self._scaled


def _as_qimage(image: Image) -> QtGui.QImage:
    """A copy of the pixels: Qt would only borrow the buffer."""
    width, height = image.bounds.width, image.bounds.height
    borrowed = QtGui.QImage(bytes(image.data), width, height, width * BYTES_PER_PIXEL, BGRA_FORMAT)
    return borrowed.copy()
