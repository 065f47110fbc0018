"""Models loaded so far, the least recently used ones given up first."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Model = TypeVar("Model")

log = logging.getLogger(__name__)

KEPT = 2
"""Switching back and forth between two models costs nothing; more would fill a GPU."""


class LoadedModels(Generic[Model]):
    """Models by name, loaded when first asked for."""

    def __init__(self, load: Callable[[str], Model], kept: int = KEPT) -> None:
        self._load = load
        self._kept = kept
        self._models: OrderedDict[str, Model] = OrderedDict()

    def get(self, name: str) -> Model:
        """The model; whatever ``load`` raises when it cannot be loaded."""
        if name in self._models:
            self._models.move_to_end(name)
            return self._models[name]
        # Room is made first, so that one more than KEPT never has to fit into memory.
        while len(self._models) >= self._kept:
            self._models.popitem(last=False)
        began = time.monotonic()
        model = self._load(name)
        log.info("Loaded the model %s in %.2f s.", name, time.monotonic() - began)
        self._models[name] = model
        return model

    def keep_only(self, name: str) -> None:
        """Give up all other models."""
        for other in [other for other in self._models if other != name]:
            del self._models[other]
