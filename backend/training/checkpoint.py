"""A training's checkpoint: everything to go on from, in one file that is whole or absent."""

from __future__ import annotations

import io
import math
import pickle
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch

from backend.models.torch_damage import SENSELESS
from backend.training.errors import TrainingError
from backend.training.options import TrainingOptions
from backend.writing import write_whole

NEEDED = ("network", "average", "optimiser", "state", "options")
DAMAGED: tuple[type[Exception], ...] = (*SENSELESS, OSError, pickle.UnpicklingError)


@dataclass
class TrainingState:
    """What a checkpoint holds besides weights: where the run is and what it measured."""

    step: int = 0
    seconds: float = 0.0
    loss: float = math.nan
    """Mean since the last measurement."""
    curve: list[dict[str, float]] = field(default_factory=list)

    @property
    def is_measured(self) -> bool:
        """Whether the curve's last point is of this step."""
        return bool(self.curve) and self.curve[-1]["step"] == self.step


def write_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Write tensors and plain values. Raises OSError; the older checkpoint then stays."""
    saved = io.BytesIO()
    torch.save(content, saved)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, saved.getvalue())


def read_checkpoint(path: Path) -> dict[str, Any] | None:
    """What was saved, on the CPU; None when there is no file.

    Nothing is unpickled but tensors and plain values. Raises TrainingError when it is damaged.
    """
    try:
        with path.open("rb") as file:
            saved: Any = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        return None
    except DAMAGED as error:
        raise _damaged(path) from error
    if not isinstance(saved, dict) or not all(isinstance(saved.get(name), dict) for name in NEEDED):
        raise _damaged(path)
    if not _are_options(saved["options"]):
        raise _damaged(path)
    return saved


def saved_options(saved: dict[str, Any]) -> TrainingOptions:
    """The options that a training was begun with."""
    known = {item.name for item in fields(TrainingOptions)}
    options = {name: value for name, value in saved["options"].items() if name in known}
    return TrainingOptions(**options | {"widths": tuple(options["widths"])})


def _are_options(values: dict[str, Any]) -> bool:
    """Whether they are what `saved_options` can read."""
    for item in fields(TrainingOptions):
        value = values.get(item.name, item.default)
        if item.name == "widths":
            is_right = isinstance(value, (list, tuple)) and all(type(each) is int for each in value)
        else:
            is_right = type(value) in (int, type(item.default))
        if not is_right:
            return False
    return "widths" in values


def _damaged(path: Path) -> TrainingError:
    return TrainingError(
        f"The checkpoint {path} is damaged.", "Train without --resume to begin anew."
    )
