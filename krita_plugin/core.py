"""The plugin's mind: plain Python that knows neither Qt nor krita.

It reads guide and mask through a `Studio`, sends one `EditRequest` through a `BackendLink`,
follows the answers, and hands the result back. After each thing that happens it tells the panel
what to show. All calls come from one thread.
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import replace
from typing import Any, Callable

from . import wording
from .area import NothingToEdit, plan_edit
from .backend_link import BackendLink
from .document_steps import insert_on, read_on
from .job import Job, Stage
from .panel_state import Mood, PanelState
from .protocol.errors import ConnectionLost, SDEditError
from .protocol.images import Image
from .protocol.messages import (
    Accepted,
    Cancel,
    Cancelled,
    EditRequest,
    Failed,
    Message,
    Progress,
    Result,
)
from .settings import SEED_MAX, Settings
from .studio import DocumentFacts, Studio

log = logging.getLogger(__name__)

CANCEL_PATIENCE_S = 10.0
"""After which a cancelled edit is forgotten even if the backend has not confirmed it."""


class Core:
    """One edit at a time, for whichever document is active when Generate is pressed."""

    def __init__(
        self,
        studio: Studio,
        link: BackendLink,
        settings: Settings,
        on_change: Callable[[PanelState], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._studio = studio
        self._link = link
        self._on_change = on_change
        self._clock = clock
        self._facts: DocumentFacts | None = None
        self._last_document = 0
        """The document seen last, also while there is none."""
        self._job: Job | None = None
        self._preview: Image | None = None
        self._is_advancing = False
        """Krita runs Qt's event loop inside some calls (adding a layer is one), and so we may be
        called again in their midst. What comes then waits for the next tick."""
        self._notice: wording.Notice | None = None
        """What the last edit came to; it stays until the artist goes on."""
        self._made: tuple[int, str] | None = None
        """Document and layer that the last edit made, while the panel speaks of it."""
        self.settings = settings
        self.state = self._make_state()

    @property
    def is_lively(self) -> bool:
        """Whether `tick` should come ten times a second rather than once."""
        return self._job is not None or self._link.is_starting

    @property
    def is_in_steps(self) -> bool:
        """Whether `receive` should come again as soon as the artist's own events are done with."""
        return self._job is not None and self._job.is_in_steps and not self._is_advancing

    # ------------------------------------------------------------ from the artist

    def change(self, **values: Any) -> None:
        """Change settings by name."""
        self.settings = replace(self.settings, **values)
        self._show()

    def press(self) -> None:
        """The button: Generate, or Cancel while an edit is under way."""
        if self._job is None:
            self.generate()
        else:
            self.cancel()

    def generate(self) -> None:
        """Begin an edit with what the document and the settings are now."""
        if self._job is not None:
            return
        self.look()
        self._forget_last()
        facts = self._facts
        try:
            plan_edit(facts)
        except NothingToEdit:
            self._show()  # the status says why, as long as it is so
            return
        assert facts is not None
        if self.settings.is_seed_random:
            self.settings = replace(self.settings, seed=secrets.randbelow(SEED_MAX + 1))
        self._job = Job(self.settings, facts.document, self._clock())
        self._link.ensure_started()
        self._advance()

    def cancel(self) -> None:
        """Give the edit up; the document stays as it is."""
        job = self._job
        if job is None or job.stage is Stage.CANCELLING or self._is_advancing:
            return
        if job.stage not in (Stage.QUEUED, Stage.RUNNING):
            self._end(wording.CANCELLED)
        elif not self._link.takes_jobs:
            # Nobody is there to stop it: the next edit gets a backend that answers.
            self._link.kill()
            self._end(wording.CANCELLED)
        else:
            job.stage, job.cancelled_at = Stage.CANCELLING, self._clock()
            self._link.send(Cancel(job.id))
            self._advance()

    def reach_for(self) -> None:
        """The artist's hand comes near: what the panel says must be true, and the backend warm."""
        self.look()
        if self._facts is not None:
            self._link.ensure_warm()
        self._show()

    # ------------------------------------------------------------ from the clock and the wire

    def look(self) -> None:
        """Look at the document again: Krita does not tell of new selections and layers."""
        self._facts = self._studio.facts()
        if self._facts is not None and self._facts.document != self._last_document:
            self._last_document = self._facts.document
            if self._job is None:
                self._forget_last()
        if self._made is not None and not self._studio.has_layer(*self._made):
            self._forget_last()  # undone, or deleted: "Done" would not be true any more
        self._show()

    def tick(self) -> None:
        """Do what is due. Called ten times a second while `is_lively`, else once."""
        if self._job is None:
            self.look()
        self.receive()

    def receive(self) -> None:
        """Take in what has arrived, and go on from there."""
        if self._is_advancing:
            return
        for message in self._link.poll():
            self._heard(message)
        self._advance()

    def report(self, sentence: str) -> None:
        """Show that something went wrong in the plugin itself; the edit under way is given up."""
        self._end(wording.Notice(sentence, "Your document is untouched.", Mood.PROBLEM))

    def close(self) -> None:
        """Krita ends: end the backend with it, in less than half a second."""
        self._put_down()
        self._link.stop()

    # ------------------------------------------------------------ the job's way

    def _advance(self) -> None:
        job = self._job
        if job is not None and not self._is_advancing:
            self._is_advancing = True
            try:
                self._advance_job(job)
            except NothingToEdit:
                self._put_down()  # the status says why, as long as it is so
            except SDEditError as error:
                self._end(wording.failure(error))
            finally:
                self._is_advancing = False
        self._show()

    def _advance_job(self, job: Job) -> None:
        if not self._studio.is_open(job.document):
            self._abandon(job)
        elif job.stage is Stage.INSERTING:
            self._insert(job)
        elif job.stage is Stage.CANCELLING:
            is_forgotten = self._clock() - job.cancelled_at > CANCEL_PATIENCE_S
            if is_forgotten or self._link.has_failed:
                self._end(wording.CANCELLED)
        elif self._link.has_failed:
            self._begin_anew_or_give_up(job)
        else:
            if job.stage is Stage.READING:
                read_on(job, self._studio, self._clock() - job.began_at)
            if job.request is not None and self._link.takes_jobs:
                self._send(job, job.request)

    def _abandon(self, job: Job) -> None:
        """The document is closed: nobody wants the picture any more."""
        if job.stage in (Stage.QUEUED, Stage.RUNNING) and self._link.takes_jobs:
            self._link.send(Cancel(job.id))
        self._facts = self._studio.facts()
        self._end(wording.DOCUMENT_CLOSED)

    def _begin_anew_or_give_up(self, job: Job) -> None:
        if not self._link.died_at_work:
            self._end(wording.failure(self._link.problem or ConnectionLost("No backend runs.")))
            return
        if job.is_second_start:
            self._end(wording.DIED_TWICE)
            return
        log.warning("The backend died; job %s begins anew with another one.", job.id)
        job.begin_anew()
        self._preview = None
        self._link.ensure_started()

    def _send(self, job: Job, request: EditRequest) -> None:
        """Send the request, once to each backend: over a broken connection to the same one the
        client sends it again by itself."""
        if job.sent_to == self._link.starts:
            return
        self._link.send(request)
        job.sent_to = self._link.starts
        job.stage = Stage.QUEUED

    def _insert(self, job: Job) -> None:
        inserted = insert_on(job, self._studio)
        if inserted is None:
            return
        assert job.plan is not None
        plan = job.plan
        is_resized = self._studio.canvas(plan.document) != plan.canvas
        facts = self._facts = self._studio.facts()
        is_elsewhere = facts is None or facts.document != plan.document
        self._end(wording.inserted(job, inserted, is_resized, is_elsewhere), is_made=True)
        self._made = plan.document, inserted.layer

    def _end(self, notice: wording.Notice, is_made: bool = False) -> None:
        """Have no edit under way; ``is_made``: the preview shows what is a layer now."""
        log.info("The edit ended: %s %s", notice.sentence, notice.hint)
        self._put_down()
        self._notice = notice
        if not is_made:
            self._preview = None
        self._show()

    def _put_down(self) -> None:
        """Have no edit under way, and nothing half read or half inserted."""
        job, self._job = self._job, None
        if job is not None:
            job.put_down()

    def _forget_last(self) -> None:
        """Say no more of the last edit."""
        self._notice = self._preview = self._made = None

    def _heard(self, message: Message) -> None:
        job = self._job
        if job is None or getattr(message, "job_id", "") not in (job.id, ""):
            return  # of an edit that was cancelled
        if isinstance(message, Cancelled):
            self._end(wording.CANCELLED)
        elif isinstance(message, Failed):
            self._end(
                wording.CANCELLED
                if job.stage is Stage.CANCELLING
                else wording.failure(SDEditError(message.sentence, message.hint, message.code))
            )
        elif job.stage is Stage.CANCELLING:
            if isinstance(message, Result):
                self._end(wording.CANCELLED)
        elif isinstance(message, Accepted):
            job.position, job.wait_s = message.position, message.seconds
            job.stage = Stage.RUNNING if message.position == 0 else Stage.QUEUED
        elif isinstance(message, Progress):
            job.stage = Stage.RUNNING
            job.step, job.of, job.seconds_left = message.step, message.of, message.seconds_left
            if message.preview is not None:
                self._preview = message.preview
        elif isinstance(message, Result):
            job.picture, job.seconds, job.request = message.pictures[0], message.seconds, None
            job.stage = Stage.INSERTING

    # ------------------------------------------------------------ to the panel

    def _show(self) -> None:
        state = self._make_state()
        if state != self.state:
            self.state = state
            self._on_change(state)

    def _make_state(self) -> PanelState:
        job = self._job
        notice = wording.status(self._facts, self._link, job, self._notice)
        return PanelState(
            guide=wording.guide(self._facts),
            area=wording.area(self._facts),
            settings=self.settings,
            status=notice.sentence,
            hint=notice.hint,
            mood=notice.mood,
            is_working=job is not None,
            is_button_enabled=job is None or job.stage is not Stage.CANCELLING,
            progress=0.0 if job is None else job.progress,
            preview=None if self._facts is None else self._preview,
            shape=wording.shape(self._facts),
        )
