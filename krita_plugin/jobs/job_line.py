"""The jobs under way, each on its way to its one end, whatever document or backend does.

It reads through the `Studio`, sends through the `BackendLink`, hears the answers, and adds layers.
"""

from __future__ import annotations

import logging
from typing import Callable, Iterator, Protocol

from .. import notices
from ..area import NothingToEdit
from ..link.backend_link import BackendLink
from ..notices import Notice
from ..protocol.errors import ConnectionLost, SDEditError
from ..protocol.images import Image
from ..protocol.messages import (
    Accepted,
    Cancel,
    Cancelled,
    Failed,
    Message,
    Progress,
)
from ..studio import Studio
from .document_steps import insert_on, read_on
from .errand import Insertion
from .job import Job, Stage

log = logging.getLogger(__name__)

CANCEL_PATIENCE_S = 10.0
"""After which a cancelled job is forgotten even if the backend has not confirmed it."""


class Audience(Protocol):
    """Who is told how jobs go."""

    def began(self, job: Job) -> None:
        """A job has been taken on. Krita's event loop may run while its guide is read, so this is
        told before."""

    def ended(self, job: Job, notice: Notice | None, layer: str) -> None:
        """A job is over. ``notice`` None: what the document is like now says why. ``layer``: the
        layer that it made, "" for none."""

    def previewed(self, job: Job, preview: Image) -> None:
        """The picture as it is by now, RGBA U8."""

    def heard(self, message: Message) -> None:
        """The backend says something that is of no job."""

    def began_anew(self, job: Job) -> None:
        """Its backend has died and another one takes it up from the start."""


class JobLine:
    """Jobs in the order in which they were asked for. The backend does them one after the other."""

    def __init__(
        self, studio: Studio, link: BackendLink, audience: Audience, clock: Callable[[], float]
    ) -> None:
        self._studio = studio
        self._link = link
        self._audience = audience
        self._clock = clock
        self._jobs: list[Job] = []
        self._is_advancing = False
        """Krita runs Qt's event loop inside some calls (adding a layer is one), and so we may be
        called again in their midst. What comes then waits for the next tick."""

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._jobs))

    def of_document(self, document: int) -> list[Job]:
        """The jobs of one document, the oldest first."""
        return [job for job in self._jobs if job.document == document]

    @property
    def is_reading(self) -> bool:
        """Whether a job's guide is being read: it looks at the document itself."""
        return any(job.stage is Stage.READING for job in self._jobs)

    @property
    def is_in_steps(self) -> bool:
        """Whether `advance` should come again as soon as the artist's own events are done with."""
        return not self._is_advancing and any(job.is_in_steps for job in self._jobs)

    def begin(self, job: Job) -> None:
        """Take a job on."""
        job.began_at, job.document_id = self._clock(), self._studio.document_id(job.document)
        self._jobs.append(job)
        self._audience.began(job)
        if job.stage is not Stage.INSERTING:
            self._link.ensure_started()
        self.advance()

    def cancel(self, job: Job) -> None:
        """Give a job up; the document stays as it is."""
        if job not in self._jobs or job.stage is Stage.CANCELLING or self._is_advancing:
            return
        if not job.is_at_backend:
            self._end(job, notices.CANCELLED)
        elif not self._link.state.takes_jobs:
            # Nobody is there to stop it: the next job gets a backend that answers.
            self._link.give_up(job.id)
            self._end(job, notices.CANCELLED)
        else:
            job.stage, job.cancelled_at = Stage.CANCELLING, self._clock()
            self._link.send(Cancel(job.id))
            self.advance()

    def receive(self) -> None:
        """Take in what has arrived, and go on from there."""
        if self._is_advancing:
            return
        for message in self._link.poll():
            if hasattr(message, "job_id"):
                self._heard(message)
            else:
                self._audience.heard(message)
        self.advance()

    def give_up(self, notice: Notice) -> None:
        """End all jobs with this to say."""
        for job in self:
            self._end(job, notice)

    def put_down(self) -> None:
        """Krita ends: have nothing half read or half inserted."""
        for job in self._jobs:
            job.put_down()
        self._jobs = []

    # ------------------------------------------------------------ the jobs' way

    def advance(self) -> None:
        """Go on with every job as far as it can go now."""
        if self._is_advancing:
            return
        self._is_advancing = True
        try:
            for job in self:
                self._advance_safely(job)
        finally:
            self._is_advancing = False

    def _advance_safely(self, job: Job) -> None:
        try:
            self._advance(job)
        except NothingToEdit:
            self._end(job, None)
        except SDEditError as error:
            self._end(job, notices.failure(error))

    def _advance(self, job: Job) -> None:
        if not self._studio.is_open(job.document):
            self._abandon(job)
        elif job.stage is Stage.INSERTING:
            self._insert(job)
        elif job.stage is Stage.CANCELLING:
            is_forgotten = self._clock() - job.cancelled_at > CANCEL_PATIENCE_S
            if is_forgotten or self._link.state.has_failed:
                self._end(job, notices.CANCELLED)
        elif self._link.state.has_failed:
            self._begin_anew_or_give_up(job)
        else:
            self._read_or_send(job)

    def _read_or_send(self, job: Job) -> None:
        if job.stage is Stage.READING and job.errand.reads:
            read_on(job, self._studio, self._clock() - job.began_at)
        elif job.stage is Stage.READING:
            job.request, job.stage = job.errand.message(job, None, None), Stage.STARTING
        is_sent = job.sent_to == self._link.starts
        # Once to each backend: over a broken connection to the same one the client sends it
        # again by itself.
        if job.request is not None and self._link.state.takes_jobs and not is_sent:
            self._link.send(job.request)
            job.sent_to = self._link.starts
            job.stage = Stage.QUEUED

    def _abandon(self, job: Job) -> None:
        """The document is closed: nobody wants the picture any more."""
        if job.is_at_backend and self._link.state.takes_jobs:
            self._link.send(Cancel(job.id))
        self._end(job, notices.DOCUMENT_CLOSED)

    def _begin_anew_or_give_up(self, job: Job) -> None:
        if not self._link.died_at_work:
            error = self._link.problem or ConnectionLost("No backend runs.")
            self._end(job, notices.failure(error))
        elif job.is_second_start:
            self._end(job, notices.DIED_TWICE)
        else:
            log.warning("The backend died; its jobs begin anew with another one.")
            for other in self:
                # All of them: the link forgets the death as soon as the next backend starts.
                if other.stage not in (Stage.INSERTING, Stage.CANCELLING):
                    other.begin_anew()
                    self._audience.began_anew(other)
            self._link.ensure_started()

    def _insert(self, job: Job) -> None:
        outcome = insert_on(job, self._studio)
        if outcome is None:
            return
        canvas = self._studio.canvas(job.document)
        is_resized = job.plan is not None and canvas != job.plan.canvas
        facts = self._studio.facts()
        is_elsewhere = facts is None or facts.document != job.document
        notice = job.errand.added(job, outcome, is_resized, is_elsewhere)
        self._end(job, notice, outcome.layer)

    def _end(self, job: Job, notice: Notice | None, layer: str = "") -> None:
        if job not in self._jobs:
            return
        if notice is not None:
            log.info("The edit ended: %s %s", notice.sentence, notice.hint)
        self._jobs.remove(job)
        job.put_down()
        self._audience.ended(job, notice, layer)

    # ------------------------------------------------------------ what the backend says

    def _heard(self, message: Message) -> None:
        job_id = getattr(message, "job_id", "")
        if not job_id and isinstance(message, Failed):
            # The last message as a whole could not be served: the one sent last.
            heard = [job for job in self._jobs if job.is_at_backend][-1:]
        else:
            heard = [job for job in self._jobs if job.id == job_id]
        for job in heard:  # none: of a job that was cancelled
            self._heard_of(job, message)

    def _heard_of(self, job: Job, message: Message) -> None:
        is_cancelling = job.stage is Stage.CANCELLING
        if isinstance(message, Cancelled):
            self._end(job, notices.CANCELLED)
        elif isinstance(message, Failed):
            error = SDEditError(message.sentence, message.hint, message.code)
            self._end(job, notices.CANCELLED if is_cancelling else notices.failure(error))
        elif isinstance(message, Accepted):
            if not is_cancelling:
                job.position, job.wait_s = message.position, message.seconds
                job.stage = Stage.RUNNING if message.position == 0 else Stage.QUEUED
        elif isinstance(message, Progress):
            if not is_cancelling:
                self._progressed(job, message)
        elif is_cancelling:
            self._end(job, notices.CANCELLED)
        else:
            self._answered(job, message)

    def _progressed(self, job: Job, message: Progress) -> None:
        job.stage = Stage.RUNNING
        job.step, job.of, job.seconds_left = message.step, message.of, message.seconds_left
        if message.preview is not None:
            self._audience.previewed(job, message.preview)

    def _answered(self, job: Job, answer: Message) -> None:
        job.seconds, job.request = getattr(answer, "seconds", 0.0), None
        outcome = job.errand.answered(job, answer)
        if isinstance(outcome, Insertion):
            job.insertion, job.stage = outcome, Stage.INSERTING
        else:
            self._end(job, outcome)
