"""Krita's bytes as pictures of Qt."""

from __future__ import annotations

from .protocol.images import Image
from .qt import BGRA_FORMAT, QtCore, QtGui

BYTES_PER_PIXEL = 4


def as_qimage(image: Image) -> QtGui.QImage:
    """A copy of RGBA U8 pixels: Qt would only borrow the buffer."""
    width, height = image.bounds.width, image.bounds.height
    borrowed = QtGui.QImage(bytes(image.data), width, height, width * BYTES_PER_PIXEL, BGRA_FORMAT)
    return borrowed.convertToFormat(QtGui.QImage.Format.Format_ARGB32_Premultiplied)


def fitted(picture: QtGui.QImage, size: QtCore.QSize, ratio: float) -> QtGui.QPixmap:
    """The picture as large as ``size`` allows, sharp on a screen with ``ratio`` pixels a point."""
    scaled = picture.scaled(
        round(size.width() * ratio),
        round(size.height() * ratio),
        QtCore.Qt.AspectRatioMode.KeepAspectRatio,
        QtCore.Qt.TransformationMode.SmoothTransformation,
    )
    pixmap = QtGui.QPixmap.fromImage(scaled)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
