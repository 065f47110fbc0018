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
from .backend_link import BackendLink
from .easel import Easel
from .errand import Errand, Insertion, MakeLayer
from .features.feature import Feature, Handlers
from .i18n import _
from .job import Job, Stage
from .job_line import JobLine
from .notices import Notice
from .panel_state import Mood, PanelState
from .protocol.images import Image
from .protocol.messages import Message
from .settings import SEED_MAX, Settings
from .studio import DocumentFacts, Studio
from .ways import Choices

log = logging.getLogger(__name__)


class Core:
    """The jobs of all documents; each document has one `Easel`."""

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
        self._clock = clock
        self._easels: dict[int, Easel] = {}
        self._last_document = 0
        """The document seen last, also while there is none."""
        self._no_document = Easel()
        """For what is to be said while no document is open."""
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
            or self.link.is_starting
            or any(feature.is_lively for feature in self._features)
        )

    @property
    def is_in_steps(self) -> bool:
        """Whether `receive` should come again as soon as the artist's own events are done with."""
        return self.jobs.is_in_steps

    def easel(self, document: int | None = None) -> Easel:
        """What is kept for a document; for the active one without ``document``."""
        if document is None:
            if self.facts is None:
                return self._no_document
            document = self.facts.document
        return self._easels.setdefault(document, Easel())

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
        job = Job(errand, settings, facts.document, self._clock(), choices)
        job.document_id = self.studio.document_id(facts.document)
        self.jobs.begin(job)
        self.show()
        return job

    def choose_seed(self) -> None:
        """Have a new seed, unless the artist keeps to one."""
        if self.settings.is_seed_random:
            self.settings = replace(self.settings, seed=secrets.randbelow(SEED_MAX + 1))

    def begin_planned(
        self, errand: Errand, plan: Plan, settings: Settings, stage: Stage = Stage.READING
    ) -> Job:
        """Begin a job that has its plan already, also on a document that is not the active one."""
        job = Job(errand, settings, plan.document, self._clock())
        job.plan, job.stage = plan, stage
        job.document_id = self.studio.document_id(plan.document)
        self.jobs.begin(job)
        return job

    def begin_without_guide(self, errand: Errand) -> None:
        """Begin a job of the active document that does not look at it."""
        self.look()
        if self.facts is not None:
            self.easel().forget_last()
            self.jobs.begin(Job(errand, self.settings, self.facts.document, self._clock()))
            self.show()

    def insert(self, errand: Errand, insertion: Insertion, plan: Plan) -> None:
        """Add a layer whose picture is there already; the backend has no part in it."""
        self.easel(plan.document).forget_last()
        job = Job(errand, self.settings, plan.document, self._clock())
        insertion = replace(insertion, place=self.settings.place)
        job.stage, job.plan, job.insertion = Stage.INSERTING, plan, insertion
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
        if not self.is_reading:
            self.look()
        self.receive()
        for feature in self._features:
            feature.tick()

    @property
    def is_reading(self) -> bool:
        """Whether a job's guide is being read: it looks at the document itself."""
        return any(job.stage is Stage.READING for job in self.jobs)

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
            self._easels.pop(job.document, None)
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
        self._no_document.forget_last()
        if not self.jobs.of_document(document):
            self.easel(document).forget_last()
        is_open = self.studio.is_open
        self._easels = {number: kept for number, kept in self._easels.items() if is_open(number)}

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
        job, easel = self.job_shown(), self.easel()
        others = len(self.jobs) - (job is not None)
        notice = wording.status(self.facts, self.choices(), self.link, job, others, easel.notice)
        state = PanelState(
            guide=wording.guide(self.facts, self.choices()),
            area=wording.area(self.facts, self.choices()),
            settings=self.settings,
            status=notice.sentence,
            hint=notice.hint,
            mood=notice.mood,
            is_working=job is not None,
            is_button_enabled=job is None or job.stage is not Stage.CANCELLING,
            progress=0.0 if job is None else job.progress,
            preview=easel.preview,
            shape=wording.shape(self.facts, self.choices()),
        )
        for feature in self._features:
            state = feature.show(state)
        return state
