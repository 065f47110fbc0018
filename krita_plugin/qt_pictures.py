"""Krita's bytes as pictures of Qt, and how they are drawn."""

from __future__ import annotations

from .protocol.images import Image
from .qt import BGRA_FORMAT, QtCore, QtGui, QtWidgets, as_pointer

BYTES_PER_PIXEL = 4


def borrowed(image: Image) -> QtGui.QImage:
    """RGBA U8 pixels where they lie; it lives no longer than ``image``."""
    width, height = image.bounds.width, image.bounds.height
    place = as_pointer(image.data)
    return QtGui.QImage(place, width, height, width * BYTES_PER_PIXEL, BGRA_FORMAT)


class Picture:
    """A copy of RGBA U8 pixels, drawn as large as its room allows and sharp on every screen."""

    def __init__(self, image: Image) -> None:
        # Which Qt draws and scales faster.
        kind = QtGui.QImage.Format.Format_ARGB32_Premultiplied
        self._picture = borrowed(image).convertToFormat(kind)
        self._scaled: QtGui.QPixmap | None = None
        self._room_px = QtCore.QSize()
        """In pixels of the screen, for which it was scaled last."""

    @property
    def aspect(self) -> float:
        """Height over width."""
        return float(self._picture.height() / self._picture.width())

    def draw(
        self, painter: QtGui.QPainter, room: QtCore.QRect, align: QtCore.Qt.AlignmentFlag
    ) -> QtCore.QRect:
        """Draw it at this side of its room; where it has come to lie."""
        ratio = painter.device().devicePixelRatioF()
        room_px = room.size() * ratio
        if self._scaled is None or room_px != self._room_px:
            self._room_px = room_px
            self._scaled = QtGui.QPixmap.fromImage(
                self._picture.scaled(
                    room_px,
                    QtCore.Qt.AspectRatioMode.KeepAspectRatio,
                    QtCore.Qt.TransformationMode.SmoothTransformation,
                )
            )
            self._scaled.setDevicePixelRatio(ratio)
        place = QtWidgets.QStyle.alignedRect(
            QtCore.Qt.LayoutDirection.LeftToRight, align, self._scaled.size() / ratio, room
        )
        painter.drawPixmap(place.topLeft(), self._scaled)
        return place
