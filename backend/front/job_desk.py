"""The jobs of all clients, from their requests to their acknowledged answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

from protocol.limits import LIMITS, TIMEOUTS, Limits, Timeouts
from protocol.messages import (
    NO_SUCH_JOB,
    Accepted,
    Cancelled,
    EditRequest,
    Failed,
    Message,
    Progress,
    Result,
)

from .admission import IsAdmitted
from .client_port import Peer
from .engine import Engine
from .jobs import Job, JobRefused, Jobs, header_of
from .kept_answers import KeptAnswers
from .quarantine import Quarantine
from .waiting_time import UNKNOWN, WaitingTime, in_words

log = logging.getLogger(__name__)

CRASHED_TWICE = "job-crashed-twice"
"""The engine's code for a job that has ended two workers."""
PROBE_S = 2.0
"""How often the owners of waiting jobs are told their positions again, to see if they live."""


class JobDesk:
    """Takes requests in, hands jobs to the engine, and sends each one's answers to its owner."""

    def __init__(
        self,
        engine: Engine,
        send: Callable[[Peer, Message], None],
        is_admitted: IsAdmitted,
        limits: Limits = LIMITS,
        timeouts: Timeouts = TIMEOUTS,
    ) -> None:
        self._engine = engine
        self._send = send
        self._is_admitted = is_admitted
        self._timeouts = timeouts
        self._jobs = Jobs(limits)
        self._kept = KeptAnswers(limits, timeouts)
        self._quarantine = Quarantine()
        self._waiting_time = WaitingTime()
        self._probed = time.monotonic()

    @property
    def running_count(self) -> int:
        return self._jobs.running_count

    @property
    def waiting_count(self) -> int:
        return self._jobs.waiting_count

    # ------------------------------------------------------------ from clients

    def edit(self, peer: Peer, request: EditRequest) -> None:
        """A request, perhaps not for the first time. Raises JobRefused."""
        job, kept = self._jobs.get(request.job_id), self._kept.get(request.job_id)
        if job is not None:
            self._check_sent_again(peer, request, job.peer.key, job.header)
            self._on_sent_again(peer, job)
        elif kept is not None:
            self._check_sent_again(peer, request, kept.owner, kept.header)
            self._send(peer, kept.answer)
        else:
            self._check_can_be_made(request)
            self._add(peer, request)

    def _check_sent_again(
        self, peer: Peer, request: EditRequest, owner: str, header: bytes
    ) -> None:
        if owner != peer.key:
            raise JobRefused("Another client has a job of this id.", "Send the job under a new id.")
        if header_of(request) != header:
            raise JobRefused("You have another job of this id.", "Send the job under a new id.")

    def _on_sent_again(self, peer: Peer, job: Job) -> None:
        """A client over a new connection, or a message that came twice."""
        job.peer, job.away_since = peer, None
        if job.is_abandoned:
            job.is_wanted_again = True
        elif job.told_position >= 0:  # Else its position is told at the end of this turn.
            seconds = 0.0 if job.is_running else self._until_start().get(job, UNKNOWN)
            self._send(peer, Accepted(job.request.job_id, job.told_position, seconds))

    def _check_can_be_made(self, request: EditRequest) -> None:
        state = self._engine.state()
        if state.name == "broken":
            raise JobRefused(state.sentence, state.hint, code=state.code)
        known = [str(model.get("name", "")) for model in state.models]
        if known and request.model not in known:
            raise JobRefused(
                f"There is no model {request.model!r}.",
                f"Choose one of: {', '.join(known)}.",
                code="unknown-model",
            )
        if self._quarantine.holds(request):
            raise JobRefused(
                "This edit ended two workers a short time ago, so it is not tried again yet.",
                "Select a smaller area or choose another model; the log says more.",
                code=CRASHED_TWICE,
            )

    def _add(self, peer: Peer, request: EditRequest) -> None:
        before = self._jobs.waiting()[: self._jobs.place_for(peer.key) - 1]
        *_, seconds = self._waiting_time.until_start(self._jobs.running(), before)
        self._jobs.add(peer, request, in_words(seconds))
        log.info(
            "Job %r: %d×%d, %s, t0 %g, %d steps.",
            request.job_id,
            request.guide.bounds.width,
            request.guide.bounds.height,
            request.model,
            request.t0,
            request.steps,
        )

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
            self._engine.cancel(job.request.job_id)
        else:
            self._finish(job, Cancelled(job.request.job_id))

    # ------------------------------------------------------------ from the engine

    def hear(self, event: Message) -> None:
        """What the engine says of a job."""
        job = self._jobs.get(getattr(event, "job_id", ""))
        if job is None or not job.is_running:
            log.warning("The engine spoke of a job that does not run (%s).", type(event).__name__)
        elif isinstance(event, Progress):
            job.seconds_left, job.seconds_left_at = event.seconds_left, time.monotonic()
            if not job.is_cancelled:
                self._send(job.peer, event)
        elif job.is_abandoned:
            self._forget(job)
        elif job.is_cancelled:
            # The cancel may have crossed the result on its way: the client's word holds.
            self._finish(job, Cancelled(job.request.job_id))
        elif isinstance(event, (Result, Failed, Cancelled)):
            if isinstance(event, Result):
                self._waiting_time.job_done(job)
            elif isinstance(event, Failed) and event.code == CRASHED_TWICE:
                self._quarantine.add(job.request)
            self._finish(job, event)
        else:
            log.error("The engine sent an unexpected %s.", type(event).__name__)

    # ------------------------------------------------------------ the queue

    def start_jobs(self) -> None:
        """Fill the engine, and tell those that wait where they stand now."""
        state = self._engine.state()
        if state.name == "broken":
            for job in self._jobs.waiting():
                refusal = Failed(job.request.job_id, state.code, state.sentence, state.hint)
                self._finish(job, refusal)
        while self._engine.has_room():
            job_to_run = self._jobs.start_next()
            if job_to_run is None:
                break
            job_to_run.told_position = 0
            self._engine.submit(job_to_run.request)
            self._send(job_to_run.peer, Accepted(job_to_run.request.job_id, 0, 0.0))
        moved = list(self._jobs.moved())
        if moved:
            self._tell_positions(job for job, _ in moved)

    def _tell_positions(self, jobs: Iterable[Job]) -> None:
        until_start = self._until_start()
        for job in jobs:
            position, seconds = job.told_position, until_start[job]
            self._send(job.peer, Accepted(job.request.job_id, position, seconds))

    def _until_start(self) -> dict[Job, float]:
        waiting = self._jobs.waiting()
        seconds = self._waiting_time.until_start(self._jobs.running(), waiting)
        return dict(zip(waiting, seconds, strict=False))

    def _finish(self, job: Job, answer: Message) -> None:
        self._jobs.remove(job)
        log.info("Job %r: %s.", job.request.job_id, type(answer).__name__)
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
            self._engine.cancel(job.request.job_id)

    def _forget(self, job: Job) -> None:
        """An abandoned job has ended; when its client is back meanwhile, it begins anew."""
        self._jobs.remove(job)
        log.info("Job %r: stopped, for its client is gone.", job.request.job_id)
        if job.is_wanted_again:
            try:
                self._jobs.add(job.peer, job.request)
            except JobRefused as error:
                self._send(job.peer, Failed.from_error(job.request.job_id, error))
