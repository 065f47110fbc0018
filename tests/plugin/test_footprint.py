"""A layer's opacity in 8 bits, out of Krita's raw pixels of any format."""

from __future__ import annotations

import struct

import pytest
from sdedit.krita_adapter.footprint import opacity_of, read_footprint
from sdedit.protocol.bounds import Bounds
from sdedit.protocol.images import CHANNELS, PixelFormat

OPACITIES = (0.0, 0.004, 0.25, 0.6, 1.0)
RAW = {
    "U8": lambda value: bytes([round(255 * value)]),
    "U16": lambda value: struct.pack("<H", round(65535 * value)),
    "F16": lambda value: struct.pack("<e", value),
    "F32": lambda value: struct.pack("<f", value),
}


@pytest.mark.parametrize("model", ["RGBA", "GRAYA", "CMYKA", "LABA"])
@pytest.mark.parametrize("depth", RAW)
def test_what_is_clear_what_is_there_and_what_is_half_there_is_told_in_every_format(
    model: str, depth: str
) -> None:
    raw = RAW[depth]
    colours = raw(1.0) * (CHANNELS[model] - 1)
    pixels = b"".join(colours + raw(value) for value in OPACITIES)
    clear, faint, quarter, most, opaque = opacity_of(pixels, PixelFormat(model, depth))
    assert clear == 0
    assert 0 < faint <= quarter < 128 <= most <= opaque


@pytest.mark.parametrize("depth", ["F16", "F32"])
def test_a_negative_opacity_is_none(depth: str) -> None:
    assert opacity_of(RAW[depth](-1.0), PixelFormat("A", depth)) == b"\0"


class ByteArray(bytes):
    """As Qt's, of which a copy is taken."""

    def data(self) -> bytes:
        return bytes(self)


class Layer:
    """Opaque below row 40, and clear above."""

    def colorModel(self) -> str:  # noqa: N802
        return "RGBA"

    def colorDepth(self) -> str:  # noqa: N802
        return "U8"

    def projectionPixelData(self, x: int, y: int, width: int, height: int) -> ByteArray:  # noqa: N802, ARG002
        rows = (b"\x01\x02\x03" + bytes([255 * (row >= 40)]) for row in range(y, y + height))
        return ByteArray(b"".join(row * width for row in rows))


def test_the_bands_make_one_whole() -> None:
    window = Bounds(10, 5, 2000, 700)
    reading = read_footprint(Layer(), window)
    steps = 0
    try:
        while True:
            next(reading)
            steps += 1
    except StopIteration as stop:
        image = stop.value
    assert steps > 3
    assert bytes(image.data) == bytes(2000 * 35) + b"\xff" * (2000 * 665)
