"""Large pictures moved in and out of Krita band by band.

One call for 4096×4096 pixels holds the UI thread for 25 to 165 ms, mostly because the system has to
provide so much memory at once; a band of a megabyte takes less than one.
"""

from __future__ import annotations

import mmap
from typing import Any, Callable, Generator, Iterator

from ..protocol.bounds import Bounds
from ..protocol.images import Buffer, Image

TILE_PX = 64
"""The side of the tiles in which Krita keeps pixels. A band ends where they do."""
BAND_BYTES = 1 << 20
AT_ONCE_BYTES = 4 * BAND_BYTES
"""What is read in a single call, a millisecond or two: nothing can change in the midst of it."""
PASSES_MOST = 4

Read = Callable[[int, int, int, int], Any]
"""``read(x, y, width, height)``: one of Krita's own calls, pixelData."""


def bands(area: Bounds, bytes_per_pixel: int) -> Iterator[Bounds]:
    """``area`` from the top down, in parts of about BAND_BYTES."""
    rows = max(1, BAND_BYTES // (area.width * bytes_per_pixel) // TILE_PX) * TILE_PX
    y = area.y
    while y < area.bottom:
        below = min(area.bottom, (y // rows + 1) * rows)
        yield Bounds(area.x, y, area.width, below - y)
        y = below


def read_at_rest(
    read: Read, area: Bounds, bytes_per_pixel: int
) -> Generator[None, None, memoryview]:
    """The pixels of something that does not change meanwhile."""
    if _size(area, bytes_per_pixel) <= AT_ONCE_BYTES:
        return memoryview(read(area.x, area.y, area.width, area.height))
    # Anonymous memory, which the system provides page by page as it is filled. A bytearray fills
    # itself with zeros at once, which for 64 MB takes longer than a frame.
    pixels = memoryview(mmap.mmap(-1, _size(area, bytes_per_pixel)))
    yield from _pass(read, area, bytes_per_pixel, pixels)
    return pixels


def read_alive(read: Read, area: Bounds, bytes_per_pixel: int) -> Generator[None, None, memoryview]:
    """The pixels of something that may change between two bands, as they were at one moment.

    Bands are read again until a whole pass over them finds nothing changed: then every band was at
    the end of the pass before it what it is now. If there is no such pass, one call reads all.
    """
    pixels = yield from read_at_rest(read, area, bytes_per_pixel)
    if pixels.nbytes <= AT_ONCE_BYTES:
        return pixels
    for _ in range(PASSES_MOST - 1):
        if not (yield from _pass(read, area, bytes_per_pixel, pixels)):
            return pixels
    return memoryview(read(area.x, area.y, area.width, area.height))


def _pass(
    read: Read, area: Bounds, bytes_per_pixel: int, pixels: memoryview
) -> Generator[None, None, bool]:
    """Bring ``pixels`` up to date; whether anything in it was not."""
    has_changed = False
    start = 0
    for band in bands(area, bytes_per_pixel):
        new = memoryview(read(band.x, band.y, band.width, band.height)).cast("B")
        end = start + _size(band, bytes_per_pixel)
        # As bytes, because two memoryviews are compared item by item.
        if bytes(pixels[start:end]) != bytes(new):
            pixels[start:end] = new
            has_changed = True
        start = end
        yield
    return has_changed


def part_of(picture: Image, area: Bounds) -> Buffer:
    """The pixels of ``picture`` inside ``area``, which it contains; no copy of whole rows."""
    pixels = memoryview(picture.data).cast("B")
    size = picture.format.bytes_per_pixel
    stride = picture.bounds.width * size
    start = (area.y - picture.bounds.y) * stride + (area.x - picture.bounds.x) * size
    if area.width == picture.bounds.width:
        return pixels[start : start + area.height * stride]
    length = area.width * size
    rows = range(start, start + area.height * stride, stride)
    return b"".join([pixels[row : row + length] for row in rows])


def _size(area: Bounds, bytes_per_pixel: int) -> int:
    return area.width * area.height * bytes_per_pixel
