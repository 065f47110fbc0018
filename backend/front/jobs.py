"""The jobs that wait or run: whose they are, where they stand, and the limits on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from protocol.errors import SDEditError
from protocol.limits import LIMITS, Limits
from protocol.messages import EditRequest

from .client_port import Peer
from .fair_queue import FairQueue


class JobRefused(SDEditError):
    """The job was not taken in; the sentence says why."""

    code = "refused"


@dataclass(eq=False)
class Job:
    """One request on its way."""

    peer: Peer
    request: EditRequest
    told_position: int = -1
    """The position that its client was last told; 0 means that it runs."""
    is_running: bool = False
    is_cancelled: bool = False

    @property
    def nbytes(self) -> int:
        mask = self.request.mask
        return self.request.guide.nbytes + (mask.nbytes if mask is not None else 0)


class Jobs:
    """All jobs by id, with the queue of those that wait. Nothing here talks to anyone."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._by_id: dict[str, Job] = {}
        self._queue: FairQueue[Peer, Job] = FairQueue()

    def get(self, job_id: str) -> Job | None:
        return self._by_id.get(job_id)

    def of(self, peer: Peer) -> list[Job]:
        return [job for job in self._by_id.values() if job.peer == peer]

    def owners(self) -> set[Peer]:
        return {job.peer for job in self._by_id.values()}

    def waiting(self) -> list[Job]:
        """In the order in which they will run."""
        return list(self._queue)

    @property
    def running_count(self) -> int:
        return len(self._by_id) - len(self._queue)

    @property
    def waiting_count(self) -> int:
        return len(self._queue)

    def add(self, peer: Peer, request: EditRequest) -> Job:
        """Let a new job wait. Raises JobRefused, naming the limit that it would exceed."""
        job = Job(peer, request)
        if len(self.of(peer)) >= self._limits.jobs_per_client:
            raise JobRefused(
                f"You already have {self._limits.jobs_per_client} edits waiting or running.",
                "Wait until one is done, or cancel some.",
                code="too-many-jobs",
            )
        if self.waiting_count >= self._limits.waiting_jobs:
            raise JobRefused(
                f"{self.waiting_count} edits are waiting already, as many as the backend holds.",
                "Try again when some are done.",
                code="queue-full",
            )
        held = sum(waiting.nbytes for waiting in self._queue)
        if held + job.nbytes > self._limits.waiting_bytes:
            raise JobRefused(
                f"The waiting edits already hold {_megabytes(held)} of pictures; "
                f"this one of {_megabytes(job.nbytes)} would be too much.",
                "Try again when some are done, or select a smaller area.",
                code="queue-full",
            )
        self._by_id[request.job_id] = job
        self._queue.put(peer, job)
        return job

    def start_next(self) -> Job | None:
        """The next waiting job, now counted as running; None when none waits."""
        job = self._queue.take()
        if job is not None:
            job.is_running = True
        return job

    def remove(self, job: Job) -> None:
        """Forget a job, wherever it stands."""
        del self._by_id[job.request.job_id]
        if not job.is_running:
            self._queue.remove(job.peer, job)

    def moved(self) -> Iterable[tuple[Job, int]]:
        """Waiting jobs whose position is no longer the one told, with the position to tell."""
        for position, job in enumerate(self._queue, start=1):
            if job.told_position != position:
                job.told_position = position
                yield job, position


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB"
