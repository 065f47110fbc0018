"""The jobs that wait or run: whose they are, where they stand, and the limits on them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from protocol.errors import SDEditError
from protocol.framing import encode
from protocol.limits import LIMITS, Limits
from protocol.messages import EditRequest

from .client_port import Peer
from .fair_queue import FairQueue


class JobRefused(SDEditError):
    """The job was not taken in; the sentence says why."""

    code = "refused"


@dataclass(eq=False)
class Job:
    """One request on its way. It belongs to the key of ``peer``, whichever connection that has."""

    peer: Peer
    """Whom to answer: the connection that sent the request last."""
    request: EditRequest
    told_position: int = -1
    """The position that its client was last told; 0 means that it runs."""
    is_running: bool = False
    is_cancelled: bool = False
    is_abandoned: bool = False
    """Stopped because its client has gone: its end is told to nobody."""
    is_wanted_again: bool = False
    """Abandoned, and before it had ended the client was back."""
    away_since: float | None = None
    """When its client was found to have gone."""
    started_at: float = 0.0
    seconds_left: float = -1.0
    """By its last Progress, which came at ``seconds_left_at``."""
    seconds_left_at: float = 0.0
    header: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.header = header_of(self.request)

    @property
    def nbytes(self) -> int:
        pictures = (self.request.guide, self.request.mask, self.request.t0_map)
        return sum(picture.nbytes for picture in pictures if picture is not None)


def header_of(request: EditRequest) -> bytes:
    """All of a request but its pixels: what tells it from another one under the same id."""
    return bytes(encode(request)[0])


class Jobs:
    """All jobs by id, with the queue of those that wait. Nothing here talks to anyone."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._by_id: dict[str, Job] = {}
        self._queue: FairQueue[str, Job] = FairQueue()
        """Fair between keys: more connections of one client get it no more turns."""

    def get(self, job_id: str) -> Job | None:
        return self._by_id.get(job_id)

    def all(self) -> list[Job]:
        return list(self._by_id.values())

    def running(self) -> list[Job]:
        return [job for job in self._by_id.values() if job.is_running]

    def waiting(self) -> list[Job]:
        """In the order in which they will run."""
        return list(self._queue)

    @property
    def running_count(self) -> int:
        return len(self._by_id) - len(self._queue)

    @property
    def waiting_count(self) -> int:
        return len(self._queue)

    def place_for(self, key: str) -> int:
        """Where the next job of this client would stand among those that wait, from 1."""
        return self._queue.place_for(key)

    def add(self, peer: Peer, request: EditRequest, wait_in_words: str = "") -> Job:
        """Let a new job wait. Raises JobRefused, naming the limit that it would exceed.

        wait_in_words: how long it would wait, for that sentence, where this is known.
        """
        job = Job(peer, request)
        place = f"one more would be number {self.place_for(peer.key)}"
        place += f" and start in about {wait_in_words}." if wait_in_words else "."
        own = sum(other.peer.key == peer.key for other in self._by_id.values())
        if own >= self._limits.jobs_per_client:
            raise JobRefused(
                f"You already have {own} edits waiting or running, the most there may be; {place}",
                "Wait until one is done, or cancel some.",
                code="too-many-jobs",
            )
        if self.waiting_count >= self._limits.waiting_jobs:
            raise JobRefused(
                f"{self.waiting_count} edits are waiting already, as many as the backend holds; "
                f"{place}",
                "Try again when some are done.",
                code="queue-full",
            )
        held = sum(waiting.nbytes for waiting in self._queue)
        if held + job.nbytes > self._limits.waiting_bytes:
            raise JobRefused(
                f"The waiting edits already hold {_megabytes(held)} of pictures, and "
                f"{_megabytes(job.nbytes)} more would be too much; {place}",
                "Try again when some are done, or select a smaller area.",
                code="queue-full",
            )
        self._by_id[request.job_id] = job
        self._queue.put(peer.key, job)
        return job

    def start_next(self) -> Job | None:
        """The next waiting job, now counted as running; None when none waits."""
        job = self._queue.take()
        if job is not None:
            job.is_running, job.started_at = True, time.monotonic()
        return job

    def remove(self, job: Job) -> None:
        """Forget a job, wherever it stands."""
        del self._by_id[job.request.job_id]
        if not job.is_running:
            self._queue.remove(job.peer.key, job)

    def moved(self) -> Iterable[tuple[Job, int]]:
        """Waiting jobs whose position is no longer the one told, with the position to tell."""
        for position, job in enumerate(self._queue, start=1):
            if job.told_position != position:
                job.told_position = position
                yield job, position


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB"
