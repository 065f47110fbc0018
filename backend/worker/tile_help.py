"""Tiles of other workers' pictures, predicted while there is no job here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from backend.models.model import Model
from backend.models.tile_tasks import PredictTile, SharesTiles, TileTask


class TileCall:
    """A task on its way to the worker's thread, and its answer on the way back."""

    def __init__(self, task: TileTask) -> None:
        self.task = task
        self._is_answered = threading.Event()
        self._answer: Tensor | None = None

    def answer(self, predicted: Tensor | None) -> None:
        """None: do it yourself."""
        self._answer = predicted
        self._is_answered.set()

    def wait(self) -> Tensor | None:
        self._is_answered.wait()
        return self._answer


class TileHelp:
    """Predicts tiles with this worker's models."""

    def __init__(self, model: Callable[[str], Model], device: str) -> None:
        self._model = model
        self._device = torch.device(device)
        self._known: tuple[Any, ...] = ()
        self._predict: PredictTile | None = None
        """For the task last done: its text need not be encoded again for the next tile."""

    @torch.no_grad()
    def do(self, task: TileTask) -> Tensor | None:
        """The prediction, on the CPU; None from a model whose tiles cannot be shared."""
        model = self._model(task.model)
        if not isinstance(model, SharesTiles):
            return None
        if self._known != (task.model, task.place, task.condition):
            self._predict = model.tile_predictor(task.place, task.condition)
            self._known = (task.model, task.place, task.condition)
        assert self._predict is not None
        x, sigma = task.x.to(self._device), task.sigma.to(self._device)
        y = None if task.y is None else task.y.to(self._device)
        return self._predict(x, sigma, y).cpu()

    def forget(self) -> None:
        """The model may be given up: hold nothing of it."""
        self._known, self._predict = (), None
