"""When a waiting job will start, foretold from how long the last ones took."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from protocol.messages import JobRequest

from .jobs import Job

REMEMBERED = 8
"""Jobs whose speed tells the next ones': enough to be steady, few enough to follow a change."""
LEAST_AREA = 256 * 256
"""Pixels below which an evaluation takes hardly less time."""
UNKNOWN = -1.0


class WaitingTime:
    """Learns the seconds per network evaluation and pixel, and adds up what lies ahead."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._done: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)
        """Work and seconds of the last jobs."""

    def done(self, part: JobRequest, took_s: float) -> None:
        """Learn from a job, or a part of one, that a worker has made."""
        self._done.append((_work(part), took_s))

    def until_start(self, running: Iterable[Job], waiting: Sequence[Job]) -> list[float]:
        """Seconds until each of the ``waiting`` starts, and last until one more would.

        UNKNOWN where there is nothing to tell it from, as while nothing runs.
        """
        jobs = [(self._left(job), max(1, len(job.running_parts))) for job in running]
        if not jobs or min(jobs)[0] < 0:
            return [UNKNOWN] * (len(waiting) + 1)
        workers = sum(parts for _, parts in jobs)  # A job waits only when each worker has a part.
        first, total = min(jobs)[0], sum(left * parts for left, parts in jobs)
        starts = [first]
        for job in waiting:
            took = self._whole(job.request)
            total += took
            starts.append(max(first, total / workers) if took >= 0 else UNKNOWN)
        return starts

    def seconds_each(self) -> float:
        """How long the last ones took in the mean, or UNKNOWN."""
        return sum(s for _, s in self._done) / len(self._done) if self._done else UNKNOWN

    def _left(self, job: Job) -> float:
        if job.seconds_left >= 0:
            return max(0.0, job.seconds_left - (self._clock() - job.seconds_left_at))
        whole = self._whole(job.request)
        return whole if whole < 0 else max(0.0, whole - (self._clock() - job.started_at))

    def _whole(self, request: JobRequest) -> float:
        if not self._done:
            return UNKNOWN
        work = sum(work for work, _ in self._done)
        seconds = sum(seconds for _, seconds in self._done)
        return seconds / work * _work(request)


def in_words(seconds: float) -> str:
    """About how long: "40 s", "3 min"; nothing for UNKNOWN."""
    if seconds < 0:
        return ""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{max(1, round(seconds))} s"


def _work(request: JobRequest) -> float:
    area = request.guide.bounds.width * request.guide.bounds.height
    return max(area, LEAST_AREA) * request.evaluations
