"""How opaque a layer is, pixel by pixel, in 8 bits: the footprint of what is painted on it."""

from __future__ import annotations

from typing import Any, Generator

from ..protocol.bounds import Bounds
from ..protocol.images import MASK, Image, PixelFormat
from .bands import bands


def read_footprint(layer: Any, window: Bounds) -> Generator[None, None, Image]:
    """The layer's opacity with its masks, as if its own opacity slider stood at the top."""
    pixel_format = PixelFormat(layer.colorModel(), layer.colorDepth())
    parts = []
    for band in bands(window, pixel_format.bytes_per_pixel):
        pixels = layer.projectionPixelData(band.x, band.y, band.width, band.height).data()
        parts.append(opacity_of(pixels, pixel_format))
        yield
    return Image(window, MASK, b"".join(parts))


def opacity_of(pixels: bytes, pixel_format: PixelFormat) -> bytes:
    """Alpha is a pixel's last channel, and its last byte says all that matters: little-endian."""
    size = pixel_format.bytes_per_pixel
    highest_bytes = pixels[size - 1 :: size]
    table = _OF_FLOATS.get(pixel_format.depth)
    return highest_bytes if table is None else highest_bytes.translate(table)


def _table(byte_of_a_half: int, doublings: float) -> bytes:
    """For each highest byte of a float about 255 times the float; ``doublings``: of the float when
    that byte is one more."""
    values = [128 * 2 ** (doublings * (byte - byte_of_a_half)) for byte in range(128)]
    negative = bytes(128)
    return bytes(min(255, int(value + 0.5)) for value in values) + negative


_OF_FLOATS = {"F32": _table(0x3F, 2), "F16": _table(0x38, 1 / 4)}
