"""How far a result is from its guide: SDEdit's L2, and the same per value."""

from __future__ import annotations

from torch import Tensor


def l2(result: Tensor, guide: Tensor, region: Tensor | None = None) -> float:
    """‖result − guide‖₂ over all pixels and channels, with values in [0, 1] (SDEdit, section 5).

    The square root of the *sum* of squares: it grows with the picture's size. result, guide:
    (3, H, W) uint8; region: (H, W) bool, to count its pixels alone (the paper's masked L2).
    """
    return float(_squares(result, guide, region).sum().sqrt()) / 255


def rms_255(result: Tensor, guide: Tensor, region: Tensor | None = None) -> float:
    """The root of the *mean* square instead, in steps of an 8-bit picture; the same at any size."""
    return float(_squares(result, guide, region).mean().sqrt())


def _squares(result: Tensor, guide: Tensor, region: Tensor | None) -> Tensor:
    """Squared differences in float64: of all values, or (3, N) of the region's."""
    squares = (result.double() - guide.double()).square()
    return squares if region is None else squares[:, region]
