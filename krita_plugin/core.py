"""The plugin's mind: plain Python that knows neither Qt nor krita.

It keeps what is known of the documents, the settings and the jobs under way, does what the artist
asks for, and after each thing that happens tells the panel what to show. What goes beyond making
one layer is done by features. All calls come from one thread.
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import replace
from typing import Any, Callable

from . import commands, notices, wording
from .area import NothingToEdit, Plan, plan_edit
from .easel import Easel, Easels
from .features.feature import Feature, Handlers
from .i18n import _
from .jobs.errand import Errand, Insertion, MakeLayer
from .jobs.job import Job, Stage
from .jobs.job_line import JobLine
from .link.backend_link import BackendLink
from .notices import Notice
from .panel_state import Mood, PanelState
from .protocol.images import Image
from .protocol.messages import Message
from .settings import SEED_MAX, Settings
from .studio import DocumentFacts, Studio
from .ways import Choices

log = logging.getLogger(__name__)


class Core:
    """What is known and under way, of all documents and for all windows of one Krita."""

    def __init__(
        self,
        studio: Studio,
        link: BackendLink,
        settings: Settings,
        on_change: Callable[[PanelState], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.studio = studio
        self.link = link
        self.settings = settings
        self.facts: DocumentFacts | None = None
        """The active document when it was looked at last."""
        self.jobs = JobLine(studio, link, self, clock)
        self._on_change = on_change
        self._easels = Easels()
        self._last_document = 0
        """The document seen last, also while there is none."""
        self._features: list[Feature] = []
        self._handlers: Handlers = {
            commands.Generate: lambda _: self.generate(),
            commands.Cancel: lambda _: self.cancel(),
            commands.Press: lambda _: self.press(),
            commands.Change: lambda command: self.change(**command.values),
            commands.ReachFor: lambda _: self.reach_for(),
        }
        self.state = self._make_state()

    def add(self, feature: Feature) -> None:
        """Have a feature's commands done, and what it shows shown."""
        self._features.append(feature)
        self._handlers.update(feature.handlers())
        self.show()

    @property
    def is_lively(self) -> bool:
        """Whether `tick` should come ten times a second rather than once."""
        return (
            len(self.jobs) > 0
            or self.link.state.is_starting
            or any(feature.is_lively for feature in self._features)
        )

    @property
    def is_in_steps(self) -> bool:
        """Whether `receive` should come again as soon as the artist's own events are done with."""
        return self.jobs.is_in_steps

    def easel(self, document: int | None = None) -> Easel:
        """What is kept for a document; for the active one without ``document``."""
        if document is None and self.facts is not None:
            document = self.facts.document
        return self._easels.of(document)

    def choices(self) -> Choices:
        """What the artist has chosen for the active document."""
        return replace(self.easel().choices, guide=self.settings.guide)

    # ------------------------------------------------------------ from the artist

    def do(self, command: object) -> None:
        """Do what the artist asks for."""
        self._handlers[type(command)](command)
        self.show()

    def change(self, **values: Any) -> None:
        """Change settings by name."""
        self.settings = replace(self.settings, **values)
        self.show()

    def press(self) -> None:
        """The button: Generate, or Cancel while a job of this document is under way."""
        self.look()
        if self.job_shown() is None:
            self._handlers[commands.Generate](commands.Generate())
        else:
            self._handlers[commands.Cancel](commands.Cancel())

    def generate(self) -> None:
        """Begin an edit with what document and settings are now, after those under way."""
        self.begin(MakeLayer())

    def begin(self, errand: Errand, choices: Choices | None = None, **changes: Any) -> Job | None:
        """Begin a job on the active document; for it alone some settings, the ``changes``, and the
        ``choices`` may be others than the artist's.

        None when there is nothing to edit: the status says why, as long as it is so.
        """
        self.look(closely=True)
        choices = choices or self.choices()
        facts = self.studio.facts(layer=choices.layer) if choices.layer else self.facts
        try:
            plan_edit(facts, choices)
        except NothingToEdit:
            self.easel().forget_last()
            self.show()
            return None
        assert facts is not None
        self.easel().forget_last()
        if "seed" not in changes:
            self.choose_seed()
        settings = replace(self.settings, **changes)
        job = Job(errand, settings, facts.document, choices)
        self.jobs.begin(job)
        self.show()
        return job

    def choose_seed(self) -> None:
        """Have a new seed, unless the artist keeps to one."""
        if self.settings.is_seed_random:
            self.settings = replace(self.settings, seed=secrets.randbelow(SEED_MAX + 1))

    def begin_without_guide(self, errand: Errand) -> None:
        """Begin a job of the active document that does not look at it."""
        self.look()
        if self.facts is not None:
            self.easel().forget_last()
            self.jobs.begin(Job(errand, self.settings, self.facts.document))
            self.show()

    def insert(self, errand: Errand, insertion: Insertion, plan: Plan) -> None:
        """Add a layer whose picture is there already; the backend has no part in it."""
        self.easel(plan.document).forget_last()
        job = Job(errand, self.settings, plan.document, stage=Stage.INSERTING, plan=plan)
        job.insertion = replace(insertion, place=self.settings.place)
        self.jobs.begin(job)
        self.show()

    def cancel(self) -> None:
        """Give up the oldest job of this document; the document stays as it is."""
        job = self.job_shown()
        if job is not None:
            self.jobs.cancel(job)
            self.show()

    def reach_for(self) -> None:
        """The artist's hand comes near: what the panel says must be true, and the backend warm."""
        self.look(closely=True)
        if self.facts is not None:
            self.link.ensure_warm()
            self.studio.get_ready(self.facts.document)
        self.show()

    def say(self, notice: Notice, document: int | None = None) -> None:
        """Have the panel say this of a document until the artist goes on."""
        self.easel(document).notice = notice
        self.show()

    # ------------------------------------------------------------ from the clock and the wire

    def look(self, closely: bool = False) -> None:
        """Look at the document again: Krita does not tell of new selections and layers.

        ``closely``: also at pixels that were looked at before.
        """
        self.facts = self.studio.facts(closely)
        if self.facts is not None and self.facts.document != self._last_document:
            self._leave(self._last_document)
            self._last_document = self.facts.document
        easel = self.easel()
        if easel.made and not self.studio.has_layer(self._last_document, easel.made):
            easel.forget_last()  # undone, or deleted: "Done" would not be true any more
        for feature in self._features:
            feature.looked()
        self.show()

    def tick(self) -> None:
        """Do what is due. Called ten times a second while `is_lively`, else once."""
        if not self.jobs.is_reading:
            self.look()
        self.receive()
        for feature in self._features:
            feature.tick()

    def receive(self) -> None:
        """Take in what has arrived, and go on from there."""
        self.jobs.receive()
        self.show()

    def report(self, sentence: str) -> None:
        """Show that something went wrong in the plugin itself; all jobs are given up."""
        notice = Notice(sentence, _("Your document is untouched."), Mood.PROBLEM)
        self.jobs.give_up(notice)
        self.say(notice)

    def close(self) -> None:
        """Krita ends: end the backend with it."""
        for feature in self._features:
            feature.close()
        self.jobs.put_down()
        self.link.stop()

    # ------------------------------------------------------------ how jobs go (`Audience`)

    def began(self, job: Job) -> None:  # noqa: ARG002
        self.show()

    def ended(self, job: Job, notice: Notice | None, layer: str) -> None:
        """A job is over: the panel says so as long as its document is shown."""
        if notice is notices.DOCUMENT_CLOSED:
            self.facts = self.studio.facts()
            self._easels.drop(job.document)
            self.easel().notice = notice
            return
        easel = self.easel(job.document)
        easel.notice, easel.made = notice, layer
        if not layer:
            easel.preview = None
        is_elsewhere = self.facts is None or self.facts.document != job.document
        if is_elsewhere and notice is not notices.CANCELLED:
            self.easel().notice = notice
        for feature in self._features:
            feature.ended(job)
        self.show()

    def heard(self, message: Message) -> None:
        """The backend says something that is of no job."""
        for feature in self._features:
            feature.hear(message)

    def previewed(self, job: Job, preview: Image) -> None:
        self.easel(job.document).preview = preview

    def began_anew(self, job: Job) -> None:
        self.easel(job.document).preview = None

    def _leave(self, document: int) -> None:
        """The artist turns to another document: what was said of this one is said."""
        self._easels.of(None).forget_last()
        if not self.jobs.of_document(document):
            self._easels.of(document).forget_last()
        self._easels.drop_closed(self.studio.is_open)

    # ------------------------------------------------------------ to the panel

    def show(self) -> None:
        """Tell the panel what there is to show, if that has changed."""
        state = self._make_state()
        if state != self.state:
            self.state = state
            self._on_change(state)

    def job_shown(self) -> Job | None:
        """The active document's oldest job; while no document is open, any."""
        jobs = list(self.jobs)
        if self.facts is not None:
            jobs = self.jobs.of_document(self.facts.document)
        return jobs[0] if jobs else None

    def _make_state(self) -> PanelState:
        job = self.job_shown()
        others = len(self.jobs) - (job is not None)
        state = wording.panel_state(
            self.facts, self.choices(), self.settings, self.link, self.easel(), job, others
        )
        for feature in self._features:
            state = feature.show(state)
        return state
