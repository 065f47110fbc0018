"""Rectangles of whole pixels in canvas coordinates, and the window the model sees."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """A rectangle: left, top, width, height in pixels. Width or height 0 means empty."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    def intersection(self, other: Bounds) -> Bounds:
        """What both cover; empty (0×0 at the nearest corner) when they do not meet."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        width = min(self.right, other.right) - x
        height = min(self.bottom, other.bottom) - y
        if width <= 0 or height <= 0:
            return Bounds(x, y, 0, 0)
        return Bounds(x, y, width, height)

    def union(self, other: Bounds) -> Bounds:
        """The smallest rectangle that holds both; of an empty one, the other."""
        if self.is_empty or other.is_empty:
            return other if self.is_empty else self
        x, y = min(self.x, other.x), min(self.y, other.y)
        right, bottom = max(self.right, other.right), max(self.bottom, other.bottom)
        return Bounds(x, y, right - x, bottom - y)

    def grown(self, pixels: int) -> Bounds:
        """The same rectangle with ``pixels`` more on every side."""
        return Bounds(
            self.x - pixels, self.y - pixels, self.width + 2 * pixels, self.height + 2 * pixels
        )

    def contains(self, other: Bounds) -> bool:
        return (
            self.x <= other.x
            and self.y <= other.y
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


CONTEXT_LEAST_PX = 64
"""The least context around an area: about the reach of the shipped model's receptive field."""
WINDOW_LEAST_PX = 256
"""A window smaller than this shows a model too little of the composition to continue it."""


def context_window(area: Bounds, canvas: Bounds) -> Bounds:
    """The part of the canvas the model sees in order to change ``area`` and nothing else.

    Half the area's longer side is added on every side, at least CONTEXT_LEAST_PX and until the
    window measures WINDOW_LEAST_PX; what the canvas's edge cuts off below that is made up for
    on the other side. Its size follows the area, so an edit costs the same in a small document
    and in a huge one.
    """
    area = area.intersection(canvas)
    if area.is_empty:
        return area
    longer, shorter = max(area.width, area.height), min(area.width, area.height)
    margin = max(CONTEXT_LEAST_PX, longer // 2, (WINDOW_LEAST_PX - shorter + 1) // 2)
    window = area.grown(margin)
    x, right = _clipped(window.x, window.right, canvas.x, canvas.right)
    y, bottom = _clipped(window.y, window.bottom, canvas.y, canvas.bottom)
    return Bounds(x, y, right - x, bottom - y)


def _clipped(start: int, end: int, low: int, high: int) -> tuple[int, int]:
    """A side of the window within the canvas's, if it has room no less than WINDOW_LEAST_PX."""
    if start < low:
        start, end = low, max(end, low + WINDOW_LEAST_PX)
    if end > high:
        start, end = max(low, min(start, high - WINDOW_LEAST_PX)), high
    return start, end
