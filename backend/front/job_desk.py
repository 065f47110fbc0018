"""The jobs of all clients, from their requests to their acknowledged answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from protocol.limits import LIMITS, TIMEOUTS, Limits, Timeouts
from protocol.messages import (
    FINAL,
    NO_SUCH_JOB,
    Accepted,
    Cancelled,
    EditRequest,
    Failed,
    JobRequest,
    Message,
    Progress,
    Result,
)

from .admission import IsAdmitted
from .client_port import Peer
from .engine import CRASHED_TWICE, Engine
from .jobs import Job, JobRefused, Jobs
from .kept_answers import KeptAnswers
from .quarantine import Quarantine
from .refusals import check_can_be_made, check_sent_again, missed_deadline
from .spreading import parts_of
from .tally import Tally
from .waiting_time import UNKNOWN, WaitingTime, in_words

log = logging.getLogger(__name__)

Keep = Callable[[str, EditRequest, Result], None]
"""Is handed each finished edit of the client with this key, for the history."""

PROBE_S = 2.0
"""How often the owners of waiting jobs are told their positions again, to see if they live."""


class JobDesk:
    """Takes requests in, hands jobs to the engine, and sends each one's answers to its owner."""

    def __init__(
        self,
        engine: Engine,
        send: Callable[[Peer, Message], None],
        is_admitted: IsAdmitted,
        keep: Keep,
        limits: Limits = LIMITS,
        timeouts: Timeouts = TIMEOUTS,
    ) -> None:
        self._engine = engine
        self._send = send
        self._is_admitted = is_admitted
        self._keep = keep
        self._timeouts = timeouts
        self._jobs = Jobs(limits)
        self._kept = KeptAnswers(limits, timeouts)
        self._quarantine = Quarantine()
        self.tally = Tally()
        self._waiting_time = WaitingTime()
        self._probed = time.monotonic()

    @property
    def running_count(self) -> int:
        return self._jobs.running_count

    @property
    def waiting_count(self) -> int:
        return self._jobs.waiting_count

    def in_order(self) -> list[Job]:
        """All jobs: those that run, then those that wait, as they will be taken."""
        return [*self._jobs.running(), *self._jobs.waiting()]

    def until_start(self) -> dict[Job, float]:
        """Seconds until each job that waits will start; -1 while that is unknown."""
        waiting = self._jobs.waiting()
        seconds = self._waiting_time.until_start(self._jobs.running(), waiting)
        return dict(zip(waiting, seconds, strict=False))

    def seconds_each(self) -> float:
        """How long a worker had the last jobs; -1 while that is unknown."""
        return self._waiting_time.seconds_each()

    # ------------------------------------------------------------ from clients

    def ask(self, peer: Peer, request: JobRequest) -> None:
        """A request, perhaps not for the first time. Raises JobRefused."""
        job, kept = self._jobs.get(request.job_id), self._kept.get(request.job_id)
        if job is not None:
            check_sent_again(peer.key, request, job.peer.key, job.header)
            self._on_sent_again(peer, job)
        elif kept is not None:
            check_sent_again(peer.key, request, kept.owner, kept.header)
            self._send(peer, kept.answer)
        else:
            check_can_be_made(request, self._engine.state(), self._quarantine)
            self._add(peer, request)

    def _on_sent_again(self, peer: Peer, job: Job) -> None:
        """A client over a new connection, or a message that came twice."""
        job.peer, job.away_since = peer, None
        if job.is_abandoned:
            job.is_wanted_again = True
        elif job.told_position >= 0:  # Else its position is told at the end of this turn.
            seconds = 0.0 if job.is_running else self.until_start().get(job, UNKNOWN)
            self._send(peer, Accepted(job.request.job_id, job.told_position, seconds))

    def _add(self, peer: Peer, request: JobRequest) -> None:
        before = self._jobs.waiting()[: self._jobs.place_for(peer.key, request) - 1]
        *_, seconds = self._waiting_time.until_start(self._jobs.running(), before)
        self._jobs.add(peer, request, self._parts_of(request), in_words(seconds))
        log.info(
            "Job %r: %d×%d, %s, %s.",
            request.job_id,
            request.guide.bounds.width,
            request.guide.bounds.height,
            request.model,
            request.summary,
        )

    def _parts_of(self, request: JobRequest) -> list[JobRequest]:
        return parts_of(request) if self._engine.spreads else [request]

    def cancel(self, peer: Peer, job_id: str) -> None:
        """Raises JobRefused when the client has no such job."""
        job, kept = self._jobs.get(job_id), self._kept.get(job_id)
        if job is not None and job.peer.key == peer.key:
            job.peer, job.away_since, job.is_abandoned = peer, None, False
            self._cancel(job)
        elif kept is not None and kept.owner == peer.key:
            # It has crossed the answer, or that was lost: the client's word holds.
            self._answer(peer, job_id, kept.header, Cancelled(job_id))
        else:
            # One answer for both: whether another client has such a job is not told.
            raise JobRefused("You have no job of this id.", code=NO_SUCH_JOB)

    def acknowledge(self, peer: Peer, job_id: str) -> None:
        """The job's answer has arrived: it is kept no longer."""
        kept = self._kept.get(job_id)
        if kept is not None and kept.owner == peer.key:
            self._kept.drop(job_id)

    def _cancel(self, job: Job) -> None:
        """Stop a job: at once while it waits, else with the engine's next event about it."""
        if job.is_running:
            job.is_cancelled = True
            self._stop(job)
        else:
            self._finish(job, Cancelled(job.request.job_id))

    def _stop(self, job: Job) -> None:
        """Let the engine stop what it has of a job that runs; the job ends when that has ended."""
        self._jobs.start_no_more(job)
        for part_id in job.running_parts:
            self._engine.cancel(part_id)
        if not job.running_parts:
            self._end(job)

    # ------------------------------------------------------------ from the engine

    def hear(self, event: Message) -> None:
        """What the engine says of a part of a job."""
        part_id = getattr(event, "job_id", "")
        job = self._jobs.of_part(part_id)
        if job is None:
            log.warning("The engine spoke of a job that does not run (%s).", type(event).__name__)
        elif isinstance(event, Progress):
            whole = job.assembly.progress(event)
            job.seconds_left, job.seconds_left_at = whole.seconds_left, time.monotonic()
            if not job.is_cancelled and job.verdict is None:
                self._send(job.peer, whole)
        elif isinstance(event, FINAL):
            self._on_part_ended(job, event, *self._jobs.part_ended(job, part_id))
        else:
            log.error("The engine sent an unexpected %s.", type(event).__name__)

    def _on_part_ended(self, job: Job, event: Message, part: JobRequest, took_s: float) -> None:
        if isinstance(event, Result):
            self._waiting_time.done(part, took_s)
            job.verdict = job.verdict or job.assembly.add(event)
        elif isinstance(event, Failed) and event.code == CRASHED_TWICE:
            self._quarantine.add(job.request)
        if not isinstance(event, Result) and job.verdict is None and not job.is_cancelled:
            job.verdict = replace(event, job_id=job.request.job_id)  # type: ignore[call-arg]
            self._stop(job)
        elif not job.running_parts and not job.waiting_parts:
            self._end(job)

    def _end(self, job: Job) -> None:
        """Nothing of the job is in the engine any more, nor will be."""
        if job.is_abandoned:
            self._forget(job)
        elif job.is_cancelled or job.verdict is None:
            # The cancel may have crossed the result on its way: the client's word holds.
            self._finish(job, Cancelled(job.request.job_id))
        else:
            self._finish(job, job.verdict)

    # ------------------------------------------------------------ the queue

    def start_jobs(self) -> None:
        """Fill the engine, and tell those that wait where they stand now."""
        state = self._engine.state()
        if state.name == "broken":
            for job in self._jobs.waiting():
                refusal = Failed(job.request.job_id, state.code, state.sentence, state.hint)
                self._finish(job, refusal)
        while self._engine.has_room():
            started = self._jobs.start_next()
            if started is None:
                break
            job, part = started
            self._engine.submit(part)
            if job.told_position != 0:
                job.told_position = 0
                self._send(job.peer, Accepted(job.request.job_id, 0, 0.0))
        moved = list(self._jobs.moved())
        if moved:
            self._tell_positions(job for job, _ in moved)

    def _tell_positions(self, jobs: Iterable[Job]) -> None:
        until_start = self.until_start()
        for job in jobs:
            position, seconds = job.told_position, until_start[job]
            self._send(job.peer, Accepted(job.request.job_id, position, seconds))

    def _finish(self, job: Job, answer: Message) -> None:
        self._jobs.remove(job)
        self.tally.count(answer)
        log.info("Job %r: %s.", job.request.job_id, type(answer).__name__)
        if isinstance(answer, Result) and isinstance(job.request, EditRequest):
            self._keep(job.peer.key, job.request, answer)
        self._answer(job.peer, job.request.job_id, job.header, answer)

    def _answer(self, peer: Peer, job_id: str, header: bytes, answer: Message) -> None:
        """Send a final answer; it is kept until it is acknowledged."""
        self._kept.keep(job_id, peer.key, header, answer)
        self._send(peer, answer)

    # ------------------------------------------------------------ clients that go

    def look_after_owners(self, lost: set[Peer]) -> None:
        """Stop the jobs of clients that stay away; ``lost`` are connections found broken."""
        now = time.monotonic()
        if now - self._probed >= PROBE_S:
            self._probed = now
            self._tell_positions(job for job in self._jobs.waiting() if job.told_position > 0)
            self._kept.drop_old()
            self._kept.drop_where(lambda kept: not self._is_admitted(kept.owner))
        for job in self._jobs.waiting():
            refusal = missed_deadline(job, now)
            if refusal is not None:
                self._finish(job, refusal)
        owners = {job.peer.key for job in self._jobs.all()}
        revoked = {key for key in owners if not self._is_admitted(key)}
        for job in self._jobs.all():
            if job.away_since is None and job.peer in lost:
                log.info("Job %r: its client has gone.", job.request.job_id)
                job.away_since = now
            is_away_long = (
                job.away_since is not None and now - job.away_since > self._timeouts.client_return_s
            )
            if is_away_long or job.peer.key in revoked:
                self._abandon(job)

    def _abandon(self, job: Job) -> None:
        """Stop a job that nobody waits for any more."""
        if not job.is_running:
            self._forget(job)
        elif not job.is_abandoned:
            job.is_abandoned = job.is_cancelled = True
            self._stop(job)

    def _forget(self, job: Job) -> None:
        """An abandoned job has ended; when its client is back meanwhile, it begins anew."""
        self._jobs.remove(job)
        log.info("Job %r: stopped, for its client is gone.", job.request.job_id)
        if job.is_wanted_again:
            try:
                self._jobs.add(job.peer, job.request, self._parts_of(job.request))
            except JobRefused as error:
                self._send(job.peer, Failed.from_error(job.request.job_id, error))
