"""How a job proceeds in time: seconds left, and when the next preview is due."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

PREVIEW_EVERY_S = 0.25
"""Four previews a second look fluent, and cost little beside a network evaluation."""
REMEMBERED = 8
"""Steps whose speed tells the rest: enough to be steady, few enough to follow a change."""


class Pace:
    """Measures one job's steps by the wall clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._done: deque[tuple[float, float]] = deque([(self._began, 0.0)], maxlen=REMEMBERED + 1)
        """When which fraction of the work was done."""
        self._previewed: float | None = None

    def seconds(self) -> float:
        """Since the job began."""
        return self._clock() - self._began

    def step_done(self, fraction: float) -> float:
        """The seconds left when ``fraction`` of the work is done, from the last few steps."""
        now = self._clock()
        self._done.append((now, fraction))
        then, fraction_then = self._done[0]
        if fraction <= fraction_then:
            return -1.0  # No progress that could be measured.
        return max(0.0, (1 - fraction) * (now - then) / (fraction - fraction_then))

    def is_preview_due(self) -> bool:
        """Whether it is time for a preview; asking counts as making it."""
        now = self._clock()
        if self._previewed is not None and now - self._previewed < PREVIEW_EVERY_S:
            return False
        self._previewed = now
        return True
