"""How far around what is painted on a layer of its own an edit reaches."""

from __future__ import annotations

from .bounds import Bounds

EDGE_SHARE = {"strokes": 1 / 12, "object": 1 / 8}
"""Of the painted area's longer side, by `EditRequest.footprint_of`."""
EDGE_LEAST_PX, EDGE_MOST_PX = 12, 64


def fitting_edge_px(footprint_of: str, painted: Bounds) -> int:
    """A share of its size, for `EditRequest.edge_px`."""
    share = EDGE_SHARE[footprint_of] * max(painted.width, painted.height)
    return min(max(round(share), EDGE_LEAST_PX), EDGE_MOST_PX)
