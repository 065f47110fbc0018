"""What every model offers to whoever edits with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from backend.models.catalogue import ModelInfo
from backend.models.condition import NOTHING, Condition
from backend.sdedit.coarse_to_fine import ScaleState
from backend.sdedit.schedules import Schedule
from protocol.bounds import Bounds


class Model(Protocol):
    """A model on its device."""

    info: ModelInfo
    device: torch.device

    @property
    def schedule(self) -> Schedule:
        """Its noise levels."""

    def edit(
        self,
        guide: Tensor,
        *,
        t0: float | Sequence[float],
        steps: int,
        seed: int,
        variants: int = 1,
        window: Bounds | None = None,
        canvas_height: int | None = None,
        mask: Tensor | None = None,
        t0_map: Tensor | None = None,
        repeats: int = 1,
        sampler: str = "sde-dpmpp-2m",
        condition: Condition = NOTHING,
    ) -> Iterator[ScaleState]:
        """SDEdit on ``guide`` (1, 3, H, W) in [-1, 1]; the last state's x0 is the result.

        variants: pictures made in one batch, (variants, 3, H, W), of seed, seed + 1, ….
        t0: one, or several: one picture of each, from the same noise, with one variant.
        window: the guide's place on the canvas; without it, the guide is the whole canvas.
        mask: (H, W), above 0 = may change. t0_map: (H, W) in [0, 1], scales t0 where the mask lets
        the picture change.

        Raises ValueError for what is out of range, ConditionError for what the model cannot be
        told, and later what `sdedit` raises.
        """


@runtime_checkable
class Tiled(Protocol):
    """A model that predicts larger pictures in tiles."""

    def in_smaller_tiles(self, side_px: int) -> Model | None:
        """The same model on half the tile that it takes of a picture of this longer side.

        It needs a quarter of the memory. None when tiles cannot be that small.
        """
