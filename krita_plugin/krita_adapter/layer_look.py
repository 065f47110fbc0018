"""What a layer looks like, from a few of its pixels: strokes or a piece of a picture, over what."""

from __future__ import annotations

import operator
from collections import Counter
from typing import Any, Iterator

from ..protocol.bounds import Bounds
from ..protocol.images import BYTES_PER_CHANNEL, CHANNELS, PixelFormat
from ..studio import LayerLook
from .documents import PIXEL_KINDS, identity_of, layers_below
from .footprint import opacity_of

ROWS = 12
NEIGHBOURS_MOST_PX = 256
"""Of a row, from its middle: so much is compared pixel by pixel, within a few milliseconds."""
NEIGHBOURS_LEAST = 64
"""So many neighbours say something about a layer."""
TEXTURED_SHARE = 0.5
"""Of neighbours that differ. In photographs it is 0.8 and more, in a brush's strokes below 0.2."""
PRESENT = 128
"""From this opacity on a pixel counts."""
THUMBNAIL_PX = 24
BLANK_SHARE = 0.9
"""Of one and the same colour: that much, and it is paper."""


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
    """Where on the canvas a layer has pixels that are not clear, if such pixels can be read."""
    if layer is None or layer.type() not in PIXEL_KINDS or layer.colorModel() not in CHANNELS:
        return Bounds(0, 0, 0, 0)
    rect = layer.bounds()
    return Bounds(rect.x(), rect.y(), rect.width(), rect.height()).intersection(canvas)


def _look_at(layer: Any, below: list[Any], painted: Bounds, canvas: Bounds) -> LayerLook:
    pixel_format = PixelFormat(layer.colorModel(), layer.colorDepth())
    rows = list(_rows(layer, painted))
    return LayerLook(
        has_clear=painted != canvas or any(0 in opacity_of(row, pixel_format) for row in rows),
        is_over_picture=any(map(_is_picture, below)),
        is_textured=_is_textured(rows, pixel_format),
    )


def _rows(layer: Any, painted: Bounds) -> Iterator[bytes]:
    """Some of the layer's rows, evenly spread."""
    count = min(ROWS, painted.height)
    for number in range(count):
        y = painted.y + (2 * number + 1) * painted.height // (2 * count)
        yield layer.projectionPixelData(painted.x, y, painted.width, 1).data()


def _is_textured(rows: list[bytes], pixel_format: PixelFormat) -> bool:
    """Whether most neighbours differ in colour; a soft brush leaves one colour, ever more clear."""
    size = pixel_format.bytes_per_pixel
    colour_size = size - BYTES_PER_CHANNEL[pixel_format.depth]
    differing = pairs = 0
    for row in rows:
        first = max(0, len(row) // size - NEIGHBOURS_MOST_PX) // 2
        part = row[first * size : (first + NEIGHBOURS_MOST_PX) * size]
        is_there = [value >= PRESENT for value in opacity_of(part, pixel_format)]
        colours = [part[start : start + colour_size] for start in range(0, len(part), size)]
        both = list(map(operator.and_, is_there, is_there[1:]))
        pairs += sum(both)
        differing += sum(map(operator.and_, both, map(operator.ne, colours, colours[1:])))
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
