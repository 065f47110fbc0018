"""Krita's bytes as pictures of Qt."""

from __future__ import annotations

from .protocol.images import Image
from .qt import BGRA_FORMAT, QtCore, QtGui, as_pointer

BYTES_PER_PIXEL = 4


def borrowed(image: Image) -> QtGui.QImage:
    """RGBA U8 pixels where they lie; it lives no longer than ``image``."""
    width, height = image.bounds.width, image.bounds.height
    place = as_pointer(image.data)
    return QtGui.QImage(place, width, height, width * BYTES_PER_PIXEL, BGRA_FORMAT)


def as_qimage(image: Image) -> QtGui.QImage:
    """A copy of RGBA U8 pixels, which Qt draws and scales faster."""
    return borrowed(image).convertToFormat(QtGui.QImage.Format.Format_ARGB32_Premultiplied)


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
