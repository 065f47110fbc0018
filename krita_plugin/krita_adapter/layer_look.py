"""What a layer looks like, from a few of its pixels: strokes or a piece of a picture, over what."""

from __future__ import annotations

from collections import Counter
from typing import Any, Iterator

from ..protocol.bounds import Bounds
from ..protocol.images import PixelFormat
from ..studio import LayerLook
from .documents import PIXEL_KINDS, identity_of, layers_below

ROWS, ROW_MOST_PX = 24, 2048
NEIGHBOURS_LEAST = 64
"""So many opaque pixels beside each other say something about a layer."""
TEXTURED_SHARE = 0.5
"""Of neighbours that differ. In photographs it is 0.8 and more, in a brush's strokes below 0.2."""
THUMBNAIL_PX = 24
BLANK_SHARE = 0.9
"""Of one and the same colour: that much, and it is paper."""
OPAQUE = {"U8": b"\xff", "U16": b"\xff\xff", "F16": b"\x00\x3c", "F32": b"\x00\x00\x80\x3f"}


class LayerLooks:
    """The look of the active layer. Only a change of layers or bounds has pixels read again."""

    def __init__(self) -> None:
        self._key: tuple[Any, ...] = ()
        self._look = LayerLook()

    def of(self, layer: Any, painted: Bounds, canvas: Bounds, closely: bool) -> LayerLook:
        """``painted``: the layer's bounds on the canvas; ``closely`` reads in any case."""
        if painted.is_empty:
            return LayerLook()
        below = [node for node in layers_below(layer) if node.visible()]
        key = identity_of(layer), painted, canvas, tuple(map(identity_of, below))
        if closely or key != self._key:
            self._key, self._look = key, _look_at(layer, below, painted, canvas)
        return self._look


def painted_part(layer: Any | None, canvas: Bounds) -> Bounds:
    """Where on the canvas a layer has pixels that are not clear."""
    if layer is None or layer.type() not in PIXEL_KINDS:
        return Bounds(0, 0, 0, 0)
    rect = layer.bounds()
    return Bounds(rect.x(), rect.y(), rect.width(), rect.height()).intersection(canvas)


def _look_at(layer: Any, below: list[Any], painted: Bounds, canvas: Bounds) -> LayerLook:
    pixel_format = PixelFormat(layer.colorModel(), layer.colorDepth())
    rows = [_split(row, pixel_format) for row in _rows(layer, painted)]
    opaque = OPAQUE[pixel_format.depth]
    clear = bytes(len(opaque))
    has_clear = painted != canvas or any(p.endswith(clear) for row in rows for p in row)
    return LayerLook(
        has_clear=has_clear,
        is_over_picture=any(map(_is_picture, below)),
        is_textured=_is_textured(rows, opaque),
    )


def _rows(layer: Any, painted: Bounds) -> Iterator[bytes]:
    """Some of the layer's rows, evenly spread."""
    width = min(painted.width, ROW_MOST_PX)
    x = painted.x + (painted.width - width) // 2
    count = min(ROWS, painted.height)
    for number in range(count):
        y = painted.y + (2 * number + 1) * painted.height // (2 * count)
        yield layer.projectionPixelData(x, y, width, 1).data()


def _split(row: bytes, pixel_format: PixelFormat) -> list[bytes]:
    size = pixel_format.bytes_per_pixel
    return [row[start : start + size] for start in range(0, len(row), size)]


def _is_textured(rows: list[list[bytes]], opaque: bytes) -> bool:
    differing = pairs = 0
    for row in rows:
        for one, other in zip(row, row[1:]):
            if one.endswith(opaque) and other.endswith(opaque):
                pairs += 1
                differing += one != other
    return pairs >= NEIGHBOURS_LEAST and differing > TEXTURED_SHARE * pairs


def _is_picture(layer: Any) -> bool:
    """Whether the layer covers most of what it may, and not in one colour like paper."""
    thumbnail = layer.thumbnail(THUMBNAIL_PX, THUMBNAIL_PX)
    places = [(x, y) for y in range(thumbnail.height()) for x in range(thumbnail.width())]
    colours = Counter(thumbnail.pixel(x, y) for x, y in places)
    opaque = {colour: count for colour, count in colours.items() if colour >> 24 == 255}
    covered = sum(opaque.values())
    if 2 * covered < len(places) or not covered:
        return False
    return max(opaque.values()) < BLANK_SHARE * covered
