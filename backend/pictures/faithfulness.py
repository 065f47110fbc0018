"""How far a result is from its guide: SDEdit's L2, and the same per value."""

from __future__ import annotations

import math

from torch import Tensor

BAND_ROWS = 256


def l2(result: Tensor, guide: Tensor, region: Tensor | None = None) -> float:
    """‖result − guide‖₂ over all pixels and channels, with values in [0, 1] (SDEdit, section 5).

    The square root of the *sum* of squares: it grows with the picture's size. result, guide:
    (3, H, W) uint8; region: (H, W) bool, to count its pixels alone (the paper's masked L2).
    """
    total, _ = _squares(result, guide, region)
    return math.sqrt(total) / 255


def rms(result: Tensor, guide: Tensor, region: Tensor | None = None) -> float:
    """The root of the *mean* square instead, in the pictures' own unit: the same at any size."""
    total, count = _squares(result, guide, region)
    return math.sqrt(total / count) if count else math.nan


def _squares(result: Tensor, guide: Tensor, region: Tensor | None) -> tuple[float, int]:
    """The sum of squared differences, of all values or the region's, and how many these are.

    In float64, and by bands of rows: of a large picture a float64 copy is a gigabyte.
    """
    total, count = 0.0, 0
    for top in range(0, result.shape[-2], BAND_ROWS):
        rows = slice(top, top + BAND_ROWS)
        squares = (result[..., rows, :].double() - guide[..., rows, :].double()).square()
        if region is not None:
            squares = squares[:, region[rows]]
        total, count = total + float(squares.sum()), count + squares.numel()
    return total, count
