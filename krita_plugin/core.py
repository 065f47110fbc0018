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
from .job import Job, Stage, new_job_id
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
from .studio import DocumentFacts, Insertion, Studio

log = logging.getLogger(__name__)

STROKE_PATIENCE_S = 1.0
"""How long Generate waits for a stroke to end before it ends it, as Krita's own actions do."""
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
        self.settings = settings
        self.state = self._make_state()

    @property
    def is_lively(self) -> bool:
        """Whether `tick` should come ten times a second rather than once."""
        return self._job is not None or self._link.is_starting

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
        self._notice = self._preview = None
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
            return
        try:
            self._link.send(Cancel(job.id))
        except SDEditError:
            # Nobody is there to stop: the next edit gets a backend that answers.
            self._link.kill()
            self._end(wording.CANCELLED)
            return
        job.stage, job.cancelled_at = Stage.CANCELLING, self._clock()
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
                self._notice = self._preview = None
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
        """Krita ends: end the backend with it."""
        self._job = None
        self._link.stop()

    # ------------------------------------------------------------ the job's way

    def _advance(self) -> None:
        job = self._job
        if job is not None and not self._is_advancing:
            self._is_advancing = True
            try:
                self._advance_job(job)
            except NothingToEdit:
                self._job = None  # the status says why, as long as it is so
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
        elif self._link.has_failed:
            self._end(wording.failure(self._link.problem or ConnectionLost("No backend runs.")))
        elif job.stage is Stage.CANCELLING:
            if self._clock() - job.cancelled_at > CANCEL_PATIENCE_S:
                self._end(wording.CANCELLED)
        else:
            if job.stage is Stage.READING:
                self._read(job)
            if job.request is not None and self._link.takes_jobs:
                self._send(job, job.request)

    def _abandon(self, job: Job) -> None:
        """The document is closed: nobody wants the picture any more."""
        if job.stage in (Stage.QUEUED, Stage.RUNNING) and self._link.takes_jobs:
            self._link.send(Cancel(job.id))
        self._facts = self._studio.facts()
        self._end(wording.DOCUMENT_CLOSED)

    def _read(self, job: Job) -> None:
        # Facts anew: the artist may have gone on while a stroke was being finished.
        facts = self._facts = self._studio.facts()
        if facts is None or facts.document != job.document:
            self._end(wording.ANOTHER_DOCUMENT)
            return
        plan = plan_edit(facts)
        if self._studio.is_busy(plan.document):
            if self._clock() - job.began_at < STROKE_PATIENCE_S:
                return
            self._studio.finish_strokes(plan.document)
        pixels = self._studio.read(plan.document, plan.layer, plan.window, plan.has_selection)
        job.plan, job.request = plan, job.make_request(plan, pixels)
        job.stage = Stage.STARTING

    def _send(self, job: Job, request: EditRequest) -> None:
        """Send the request, once for each connection: a new one knows nothing of the old."""
        if job.sent_over == self._link.handshakes:
            return
        if job.sent_over:
            # The backend may still hold the old one, for a client that it believes is there.
            job.id = new_job_id()
            request = job.request = replace(request, job_id=job.id)
        self._link.send(request)
        job.sent_over = self._link.handshakes
        job.stage = Stage.QUEUED

    def _insert(self, job: Job) -> None:
        assert job.plan is not None
        assert job.picture is not None
        plan = job.plan
        if self._studio.is_busy(plan.document):
            return  # the brush is down: the layer comes when it is lifted
        is_resized = self._studio.canvas(plan.document) != plan.canvas
        facts = self._facts = self._studio.facts()
        is_elsewhere = facts is None or facts.document != plan.document
        outcome = self._studio.insert(
            plan.document, plan.layer, job.layer_name, job.picture, plan.area
        )
        if outcome is Insertion.DOCUMENT_CLOSED:
            self._end(wording.DOCUMENT_CLOSED)
        else:
            self._end(wording.inserted(job, outcome, is_resized, is_elsewhere))

    def _end(self, notice: wording.Notice) -> None:
        log.info("The edit ended: %s %s", notice.sentence, notice.hint)
        self._job, self._notice = None, notice
        if notice.mood is Mood.PROBLEM:
            self._preview = None
        self._show()

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
            job.position = message.position
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
            progress_text="" if job is None else job.progress_text,
            preview=None if self._facts is None else self._preview,
        )
