"""Large pictures in bands: whole, in place, and of one moment even when the artist goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sdedit.krita_adapter.bands import (
    AT_ONCE_BYTES,
    BAND_BYTES,
    TILE_PX,
    bands,
    part_of,
    read_alive,
    read_at_rest,
)
from sdedit.protocol.bounds import Bounds
from sdedit.protocol.images import Image, PixelFormat
from sdedit.short_steps import ShortSteps

LARGE = Bounds(3, 5, 2048, 700)
"""5.7 MB of RGBA: more than one call may read."""
SIZE = 4


@given(
    st.builds(
        Bounds, st.integers(-99, 99), st.integers(-99, 99), st.just(4096), st.integers(1, 999)
    ),
    st.sampled_from([1, 4, 16]),
)
def test_bands_cover_the_area_once_and_end_where_tiles_end(area: Bounds, size: int) -> None:
    found = list(bands(area, size))
    assert found[0].y == area.y
    assert found[-1].bottom == area.bottom
    assert all(above.bottom == below.y for above, below in zip(found, found[1:]))
    assert all(band.bottom % TILE_PX == 0 for band in found[:-1])
    assert all(band.width == area.width for band in found)
    most = max(BAND_BYTES, TILE_PX * area.width * size)
    assert all(band.width * band.height * size <= most for band in found)


def test_a_part_of_a_picture_is_cut_out_of_it() -> None:
    pixels = bytes(range(240))
    picture = Image(Bounds(10, 20, 10, 6), PixelFormat(), pixels)
    assert bytes(part_of(picture, picture.bounds)) == pixels
    assert bytes(part_of(picture, Bounds(10, 22, 10, 1))) == pixels[80:120]
    assert bytes(part_of(picture, Bounds(11, 21, 2, 2))) == pixels[44:52] + pixels[84:92]


class Canvas:
    """A picture whose rows have one value each, read as Krita's are."""

    def __init__(self, area: Bounds) -> None:
        self.area = area
        self.calls = 0
        self.rows = [0] * area.height

    def paint(self, value: int, first: int = 0, last: int = LARGE.height) -> None:
        self.rows[first:last] = [value] * (last - first)

    def read(self, x: int, y: int, width: int, height: int) -> bytearray:
        assert self.area.contains(Bounds(x, y, width, height))
        self.calls += 1
        top = y - self.area.y
        return bytearray(
            b"".join(bytes([row]) * (width * SIZE) for row in self.rows[top : top + height])
        )


def read_with(canvas: Canvas, between: Callable[[int], None]) -> bytes:
    """Read it, and let ``between`` happen after each band."""
    work = read_alive(canvas.read, canvas.area, SIZE)
    number = 0
    while True:
        try:
            next(work)
        except StopIteration as end:
            return bytes(end.value)
        between(number)
        number += 1


def test_a_small_picture_is_read_in_one_call() -> None:
    small = Canvas(Bounds(0, 0, 1024, AT_ONCE_BYTES // SIZE // 1024))
    for read in (read_at_rest, read_alive):
        steps = ShortSteps(read(small.read, small.area, SIZE))
        steps.finish()
        assert steps.outcome is not None
    assert small.calls == 2


def test_a_large_picture_at_rest_is_read_once() -> None:
    canvas = Canvas(LARGE)
    canvas.rows = [row % 251 for row in range(LARGE.height)]
    steps = ShortSteps(read_at_rest(canvas.read, LARGE, SIZE))
    steps.finish()
    assert steps.outcome == canvas.read(*_rect(LARGE))
    assert canvas.calls == 1 + len(list(bands(LARGE, SIZE)))


@pytest.mark.parametrize("at", [0, 1, 3, 5, 6, 8, 11])
def test_a_picture_changed_between_two_bands_is_read_as_it_is_after_the_change(at: int) -> None:
    canvas = Canvas(LARGE)
    assert read_with(canvas, lambda number: canvas.paint(1) if number == at else None) in (
        b"\0" * len(canvas.read(*_rect(LARGE))),
        b"\1" * len(canvas.read(*_rect(LARGE))),
    )


@pytest.mark.parametrize("rows", [1, 64, 100, 700])
def test_whatever_changes_while_it_is_read_the_result_is_the_picture_of_one_moment(
    rows: int,
) -> None:
    """Somebody paints all the time, some rows with each band that is read."""
    canvas = Canvas(LARGE)
    moments = {bytes(canvas.read(*_rect(LARGE)))}

    def paint(number: int) -> None:
        first = number * rows % LARGE.height
        canvas.paint(1 + number % 250, first, min(LARGE.height, first + rows))
        moments.add(bytes(canvas.read(*_rect(LARGE))))

    assert read_with(canvas, paint) in moments


def _rect(area: Bounds) -> tuple[int, int, int, int]:
    return area.x, area.y, area.width, area.height
