"""The models of this machine, looked up again once one has been added or taken away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Records = tuple[dict[str, Any], ...]
"""What clients are told of models."""


class KnownModels:
    """Called, it gives what the catalogue says now; that is read only when the folder changes."""

    def __init__(self, folder: Path, read: Callable[[], Records]) -> None:
        self._folder = folder
        self._read = read
        self._state = self._look()
        self._records = read()

    def __call__(self) -> Records:
        state = self._look()
        if state != self._state:
            self._state, self._records = state, self._read()
        return self._records

    def _look(self) -> int:
        """Another number whenever a model's folder has come or gone."""
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return 0
