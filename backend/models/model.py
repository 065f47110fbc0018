"""What every model offers to whoever edits with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from backend.models.catalogue import ModelInfo
from backend.models.edit import Edit
from backend.sdedit.coarse_to_fine import ScaleState
from backend.sdedit.schedules import Schedule


class Model(Protocol):
    """A model on its device."""

    info: ModelInfo
    device: torch.device

    @property
    def schedule(self) -> Schedule:
        """Its noise levels."""

    def edit(self, guide: Tensor, edit: Edit) -> Iterator[ScaleState]:
        """SDEdit on ``guide`` (1, 3, H, W) in [-1, 1]; the last state's x0 is the result.

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
