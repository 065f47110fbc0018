"""Long work on the UI thread in short steps, so that the artist's strokes come in between."""

from __future__ import annotations

import time
from typing import Generator, Generic, TypeVar

Outcome = TypeVar("Outcome")

STEP_S = 0.004
"""A quarter of a frame at 60 Hz."""


class ShortSteps(Generic[Outcome]):
    """Work written as a generator that yields wherever it may be interrupted.

    ``outcome`` is what the generator returned, None until then.
    """

    def __init__(self, work: Generator[None, None, Outcome]) -> None:
        self._work = work
        self.outcome: Outcome | None = None

    def advance(self, seconds: float = STEP_S) -> bool:
        """Work for about so long; True when all is done. What the work raises passes through."""
        end = time.perf_counter() + seconds
        try:
            while True:
                next(self._work)
                if time.perf_counter() >= end:
                    return False
        except StopIteration as stop:
            self.outcome = stop.value
            return True

    def finish(self) -> None:
        """Do all that is left, without a break."""
        self.advance(float("inf"))

    def close(self) -> None:
        """Give the work up; it cleans up after itself."""
        self._work.close()
