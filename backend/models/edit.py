"""What is asked of an edit besides its guide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from backend.models.condition import NOTHING, Condition
from protocol.bounds import Bounds


@dataclass(frozen=True, eq=False)
class Edit:
    """How a guide is to be edited.

    t0: one, or several: one picture of each, from the same noise, with one variant.
    variants: pictures made in one batch, (variants, 3, H, W), of seed, seed + 1, ….
    window: the guide's place on the canvas; without it, the guide is the whole canvas.
    mask: (H, W), above 0 = may change. t0_map: (H, W) in [0, 1], scales t0 where the mask lets
    the picture change.
    """

    t0: float | Sequence[float]
    steps: int
    seed: int
    variants: int = 1
    window: Bounds | None = None
    canvas_height: int | None = None
    mask: Tensor | None = None
    t0_map: Tensor | None = None
    repeats: int = 1
    sampler: str = "sde-dpmpp-2m"
    condition: Condition = NOTHING

    def window_of(self, guide: Tensor) -> Bounds:
        height, width = guide.shape[-2:]
        return self.window or Bounds(0, 0, width, height)
