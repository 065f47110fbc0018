"""The prediction of one tile as something that another worker with the same model can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from backend.models.condition import Condition
from backend.sdedit.tiles import Predict, PredictAll, Tile, one_by_one

PredictTile = Callable[[Tensor, Tensor, "Tensor | None"], Tensor]
"""``predict(x, sigma, y) -> x0`` of a tile; y: what a network may be told of its rows."""


@dataclass(frozen=True, eq=False)
class TileTask:
    """All that a prediction depends on: the same on the same kind of device, whoever does it."""

    model: str
    place: Any
    """What `SharesTiles.tile_predictor` wants besides the condition; it can be compared."""
    condition: Condition
    x: Tensor
    sigma: Tensor
    y: Tensor | None


class TileHelpers(Protocol):
    """Other workers that take tiles off one's hands."""

    def predict_all(
        self,
        task_of: Callable[[Tensor, Tile], TileTask],
        predict: Predict,
        x: Tensor,
        tiles: Sequence[Tile],
    ) -> Iterable[Tensor]:
        """As `backend.sdedit.tiles.one_by_one`, some of them elsewhere."""


@runtime_checkable
class SharesTiles(Protocol):
    """A model whose tiles can be predicted elsewhere."""

    helpers: TileHelpers | None
    """Who helps with the edit that is being made."""

    def tile_predictor(self, place: Any, condition: Condition) -> PredictTile:
        """What predicts the tiles of others. Raises ConditionError."""


def all_tiles(
    helpers: TileHelpers | None, task_of: Callable[[Tensor, Tile], TileTask]
) -> PredictAll:
    """How the tiles of a picture are predicted: with help where there is some."""
    if helpers is None:
        return one_by_one
    return partial(helpers.predict_all, task_of)
