"""A finished picture becomes one new layer: one undo step, and the painter's layer stays active."""

from __future__ import annotations

from typing import Any

from ..protocol.bounds import Bounds
from ..protocol.errors import InvalidValue
from ..protocol.images import Buffer, Image
from ..qt import QtCore, as_byte_array
from ..slots import slot
from .documents import identity_of, layers_in

# Krita makes a new layer active some event-loop turns after it was added.
TURNS = 3


def insert_layer(document: Any, above: Any | None, name: str, picture: Image, area: Bounds) -> Any:
    """Add the part of ``picture`` inside ``area`` above the given layer, or at the top.

    The pixels are set before the layer joins the document: that makes one undo step, and a
    projection that is up to date. Returns the new layer.
    """
    pixels = cut_out(picture, area)
    expected = area.width * area.height * picture.format.bytes_per_pixel
    # Krita reads past the end of a buffer that is too short.
    if memoryview(pixels).nbytes != expected:
        raise InvalidValue(f"The result has {memoryview(pixels).nbytes} bytes, not {expected}.")
    layer = document.createNode(name, "paintlayer")
    layer.setPixelData(as_byte_array(pixels), area.x, area.y, area.width, area.height)
    parent = document.rootNode() if above is None else above.parentNode()
    painter_layer = document.activeNode()
    parent.addChildNode(layer, top_of(parent) if above is None else above)
    if painter_layer is not None:
        _keep_active(document, painter_layer, identity_of(layer), TURNS)
    return layer


def cut_out(picture: Image, area: Bounds) -> Buffer:
    """The rows of ``picture`` inside ``area``, which it contains; itself when they are the same."""
    if area == picture.bounds:
        return picture.data
    pixels = memoryview(picture.data).cast("B")
    size = picture.format.bytes_per_pixel
    stride = picture.bounds.width * size
    start = (area.y - picture.bounds.y) * stride + (area.x - picture.bounds.x) * size
    length = area.width * size
    rows = range(start, start + area.height * stride, stride)
    return b"".join([pixels[row : row + length] for row in rows])


def top_of(group: Any) -> Any | None:
    """The uppermost layer of a group, None when it has none."""
    layers = layers_in(group)
    return layers[-1] if layers else None


def _keep_active(document: Any, layer: Any, new_layer: str, turns: int) -> None:
    """Give the painter the layer back as soon as Krita has turned to the new one."""

    @slot
    def look() -> None:
        active = document.activeNode()
        if active is not None and identity_of(active) == new_layer:
            document.setActiveNode(layer)
        if turns > 1:
            _keep_active(document, layer, new_layer, turns - 1)

    QtCore.QTimer.singleShot(0, look)
