"""The jobs that wait or run: whose they are, where they stand, and the limits on them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from protocol.errors import SDEditError
from protocol.framing import encode
from protocol.limits import LIMITS, Limits
from protocol.messages import PRIORITIES, JobRequest, Message

from .client_port import Peer
from .fair_queue import FairQueue
from .spreading import Assembly


class JobRefused(SDEditError):
    """The job was not taken in; the sentence says why."""

    code = "refused"


@dataclass(eq=False)
class Job:
    """One request on its way. It belongs to the key of ``peer``, whichever connection that has."""

    peer: Peer
    """Whom to answer: the connection that sent the request last."""
    request: JobRequest
    waiting_parts: deque[JobRequest]
    """Of its parts (see `spreading`), those that no worker has yet."""
    rank: int
    """Of its priority, as far as that is granted."""
    added_at: float = field(default_factory=time.monotonic)
    running_parts: dict[str, tuple[JobRequest, float]] = field(default_factory=dict)
    """Those in the engine, by id, each with when it was started."""
    verdict: Message | None = None
    """What it will end with once the engine has let go of its parts."""
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
    assembly: Assembly = field(init=False)
    header: bytes = field(init=False)
    nbytes: int = field(init=False)
    """Of its pixels."""

    def __post_init__(self) -> None:
        self.assembly = Assembly(self.request, tuple(self.waiting_parts))
        header, *pixels = encode(self.request)
        self.header = bytes(header)
        self.nbytes = sum(memoryview(frame).nbytes for frame in pixels)


def header_of(request: JobRequest) -> bytes:
    """All of a request but its pixels: what tells it from another one under the same id."""
    return bytes(encode(request)[0])


class Jobs:
    """All jobs by id, with the queue of those that wait. Nothing here talks to anyone."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._by_id: dict[str, Job] = {}
        self._by_part: dict[str, Job] = {}
        """Of parts in the engine."""
        self._queue: FairQueue[str, Job] = FairQueue()
        """Fair between keys: more connections of one client get it no more turns."""

    def get(self, job_id: str) -> Job | None:
        return self._by_id.get(job_id)

    def of_part(self, part_id: str) -> Job | None:
        """The job of a part that is in the engine."""
        return self._by_part.get(part_id)

    def all(self) -> list[Job]:
        return list(self._by_id.values())

    def running(self) -> list[Job]:
        return [job for job in self._by_id.values() if job.is_running]

    def waiting(self) -> list[Job]:
        """In the order in which they will run."""
        return [job for job in self._queue if not job.is_running]

    @property
    def running_count(self) -> int:
        return len(self.running())

    @property
    def waiting_count(self) -> int:
        return len(self.waiting())

    def place_for(self, key: str, request: JobRequest) -> int:
        """Where this would stand among what waits if it came next from this client, from 1."""
        return self._queue.place_for(key, self._rank(key, request))

    def _rank(self, key: str, request: JobRequest) -> int:
        """A client's live preview comes first; a second one at the same time has no such claim."""
        rank = PRIORITIES.index(request.priority)
        has_live = any(job.rank == 0 and job.peer.key == key for job in self._by_id.values())
        return 1 if rank == 0 and has_live else rank

    def add(
        self, peer: Peer, request: JobRequest, parts: Sequence[JobRequest], wait_in_words: str = ""
    ) -> Job:
        """Let a new job of these parts wait. Raises JobRefused, naming the limit that it exceeds.

        wait_in_words: how long it would wait, for that sentence, where this is known.
        """
        job = Job(peer, request, deque(parts), self._rank(peer.key, request))
        place = f"one more would be number {self.place_for(peer.key, request)}"
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
        held = sum(waiting.nbytes for waiting in self.waiting())
        if held + job.nbytes > self._limits.waiting_bytes:
            raise JobRefused(
                f"The waiting edits already hold {_megabytes(held)} of pictures, and "
                f"{_megabytes(job.nbytes)} more would be too much; {place}",
                "Try again when some are done, or select a smaller area.",
                code="queue-full",
            )
        self._by_id[request.job_id] = job
        self._queue.put(peer.key, job, job.rank)
        return job

    def start_next(self) -> tuple[Job, JobRequest] | None:
        """The next part that waits, and its job, now counted as running; None when none waits.

        Each part is a turn of its client's: one of eight pictures takes eight.
        """
        job = self._queue.take()
        if job is None:
            return None
        part, now = job.waiting_parts.popleft(), time.monotonic()
        if job.waiting_parts:
            self._queue.put_back(job.peer.key, job, job.rank)
        if not job.is_running:
            job.is_running, job.started_at = True, now
            job.assembly.begin()
        job.running_parts[part.job_id] = part, now
        self._by_part[part.job_id] = job
        return job, part

    def part_ended(self, job: Job, part_id: str) -> tuple[JobRequest, float]:
        """The engine has let go of this part: it, and the seconds it took."""
        del self._by_part[part_id]
        part, started_at = job.running_parts.pop(part_id)
        return part, time.monotonic() - started_at

    def start_no_more(self, job: Job) -> None:
        """The parts that wait need not be made."""
        if job.waiting_parts:
            job.waiting_parts.clear()
            self._queue.remove(job.peer.key, job, job.rank)

    def remove(self, job: Job) -> None:
        """Forget a job of which nothing is in the engine."""
        del self._by_id[job.request.job_id]
        self.start_no_more(job)

    def moved(self) -> Iterable[tuple[Job, int]]:
        """Waiting jobs whose position is no longer the one told, with the position to tell."""
        for position, job in enumerate(self.waiting(), start=1):
            if job.told_position != position:
                job.told_position = position
                yield job, position


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB"
