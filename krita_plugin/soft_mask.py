"""A mask that is white in an area and fades out towards the edges that the canvas does not have."""

from __future__ import annotations

from .protocol.bounds import Bounds
from .protocol.images import MASK, Image


def soft_mask(area: Bounds, window: Bounds, canvas: Bounds, fade_px: int) -> Image:
    """255 in ``area``, falling to 0 within its last ``fade_px``; at the canvas's edge it stays."""
    across = _ramp(area.x, area.right, window.x, window.right, canvas.x, canvas.right, fade_px)
    down = _ramp(area.y, area.bottom, window.y, window.bottom, canvas.y, canvas.bottom, fade_px)
    rows = {value: bytes(min(value, other) for other in across) for value in set(down)}
    return Image(window, MASK, b"".join(rows[value] for value in down))


def _ramp(
    start: int, end: int, first: int, last: int, edge: int, far_edge: int, fade_px: int
) -> list[int]:
    """Along one side of the window."""
    values = []
    for place in range(first, last):
        from_start = fade_px if start <= edge else place + 1 - start
        from_end = fade_px if end >= far_edge else end - place
        is_inside = start <= place < end
        share = min(from_start, from_end, fade_px) / fade_px if is_inside else 0.0
        values.append(round(255 * share))
    return values
