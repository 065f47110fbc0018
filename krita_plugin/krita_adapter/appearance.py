"""How pixels of a document's own format look on a screen, by Krita's own conversion."""

from __future__ import annotations

from typing import Any

from ..protocol.bounds import Bounds
from ..protocol.images import Image, PixelFormat
from ..qt import BGRA_FORMAT, as_byte_array

MOST_PIXELS = 2048 * 2048
"""More would hold the canvas up for longer than a hand notices."""


def as_seen(document: Any, picture: Image) -> Image | None:
    """The picture in sRGB, RGBA U8, without clear edges; None if it is too large, or all clear.

    Krita shows a layer that belongs to no document yet: nothing of the document is touched.
    """
    place = picture.bounds
    if place.width * place.height > MOST_PIXELS:
        return None
    layer = document.createNode("", "paintlayer")
    layer.setPixelData(as_byte_array(picture.data), place.x, place.y, place.width, place.height)
    found = layer.bounds()
    bounds = Bounds(found.x(), found.y(), found.width(), found.height())
    shown = layer.thumbnail(bounds.width, bounds.height)
    layer.deleteLater()
    if bounds.is_empty or (shown.width(), shown.height()) != (bounds.width, bounds.height):
        return None
    pixels = shown.convertToFormat(BGRA_FORMAT)
    return Image(bounds, PixelFormat(), pixels.constBits().asstring(pixels.sizeInBytes()))
