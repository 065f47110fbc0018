"""How many jobs have ended, and how fast: what a report says of the past."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from protocol.messages import Cancelled, Failed, Message

MINUTE_S, HOUR_S = 60.0, 3600.0
REMEMBERED = 10_000
"""Jobs of the last hour: more than a thousand artists are given."""


class Tally:
    """Since this front was started."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._done_at: deque[float] = deque(maxlen=REMEMBERED)
        self._done = self._failed = self._cancelled = 0

    def count(self, answer: Message) -> None:
        """A job has ended with this."""
        if isinstance(answer, Failed):
            self._failed += 1
        elif isinstance(answer, Cancelled):
            self._cancelled += 1
        else:
            self._done += 1
            self._done_at.append(self._clock())

    def totals(self) -> dict[str, float]:
        """For `StatusReport.totals`."""
        now = self._clock()
        return {
            "done_minute": sum(now - then <= MINUTE_S for then in self._done_at),
            "done_hour": sum(now - then <= HOUR_S for then in self._done_at),
            "done": self._done,
            "failed": self._failed,
            "cancelled": self._cancelled,
            "uptime": round(now - self._began, 1),
        }
