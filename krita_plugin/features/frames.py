"""A range of an animation's frames, one edit for each and all from the same noise, as one layer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any, Generator

from .. import commands, notices, wording
from ..area import NothingToEdit, Plan, plan_edit
from ..core import Core
from ..i18n import _
from ..jobs.errand import Errand, Insertion, edit_request, layer_name
from ..jobs.job import Job, Stage
from ..notices import Notice
from ..panel_state import Mood, PanelState, duration_in_words
from ..protocol.messages import Message, Result
from ..settings import Settings
from ..short_steps import ShortSteps
from ..studio import DocumentFacts, Inserted, Pixels, Reel, Studio
from ..ways import Choices
from .feature import Feature, Handlers

AT_ONCE = 8
"""Jobs that a batch has under way: half of what a backend takes of one artist."""


@dataclass(frozen=True)
class ChooseFrames:
    """The range of frames to make, both ends included."""

    first: int
    last: int


@dataclass(frozen=True)
class MakeFrames:
    """Make a picture of every frame of the range."""


@dataclass(eq=False)
class Batch:
    """What is known of a range that is being made."""

    reel: Reel
    plan: Plan
    settings: Settings
    first: int
    last: int
    began_at: float
    starts: tuple[int, ...] = ()
    """The frames to make; those after each are held as it is. Unknown until the reel is read."""
    begun: set[int] = field(default_factory=set)
    made: set[int] = field(default_factory=set)
    recipe: dict[str, Any] = field(default_factory=dict)
    stopped: Notice | None = None
    """Why no more frames are made."""

    @property
    def count(self) -> int:
        return self.last + 1 - self.first

    @property
    def count_made(self) -> int:
        """How many frames have their picture, the held ones included."""
        ends = dict(zip(self.starts, (*self.starts[1:], self.last + 1)))
        return sum(ends[start] - start for start in self.made)

    @property
    def to_begin(self) -> list[int]:
        """The frames that have no job yet; while it is not known which there are, the first."""
        return [frame for frame in self.starts or (self.first,) if frame not in self.begun]


class MakeFrame(Errand):
    """The picture of one frame. It is not for the history: a batch would push all else out."""

    of_document = False

    def __init__(self, batch: Batch, frame: int) -> None:
        self.batch = batch
        self.frame = frame

    def reading(self, job: Job) -> ShortSteps[Pixels]:  # noqa: ARG002
        return ShortSteps(self._read())

    def _read(self) -> Generator[None, None, Pixels]:
        batch, wanted = self.batch, self.batch.plan.wanted
        if not batch.starts:
            batch.starts = yield from batch.reel.starts(batch.first, batch.last, wanted)
        pixels = yield from batch.reel.read(self.frame, wanted)
        if pixels.footprint is not None and not bytes(pixels.footprint.data).strip(b"\0"):
            batch.made.add(self.frame)  # a blank drawing stays blank
            raise NothingToEdit(_("Nothing is painted in this frame."))
        return pixels

    def message(self, job: Job, plan: Plan | None, pixels: Pixels | None) -> Message:
        return replace(edit_request(job, plan, pixels), priority="batch", document="")

    def answered(self, job: Job, answer: Message) -> Insertion:  # noqa: ARG002
        assert isinstance(answer, Result)
        self.batch.recipe = self.batch.recipe or dict(answer.recipe)
        return Insertion("", answer.pictures[0], self.batch.plan.area)

    def inserting(self, job: Job, studio: Studio) -> ShortSteps[Inserted]:  # noqa: ARG002
        assert job.insertion is not None
        return ShortSteps(self._write(job.insertion))

    def _write(self, made: Insertion) -> Generator[None, None, Inserted]:
        batch = self.batch
        yield from batch.reel.write(self.frame, made.picture, made.area)
        batch.made.add(self.frame)
        return Inserted("")


class AddFrames(Errand):
    """The layer of all frames comes into the document. Nothing is sent."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def inserting(self, job: Job, studio: Studio) -> ShortSteps[Inserted]:
        batch = self.batch
        name = layer_name({"t0": job.settings.t0, "seed": job.settings.seed})
        return ShortSteps(self._insert(studio, batch.plan, name, job.settings.place))

    def _insert(
        self, studio: Studio, plan: Plan, name: str, place: str
    ) -> Generator[None, None, Inserted]:
        outcome = yield from self.batch.reel.insert(plan.layer, name, place)
        studio.keep_recipe(plan.document, outcome.layer, self.batch.recipe, plan.layer)
        return outcome

    def added(self, job: Job, outcome: Inserted, is_resized: bool, is_elsewhere: bool) -> Notice:  # noqa: ARG002
        batch = self.batch
        if batch.stopped is None:
            seconds = time.monotonic() - batch.began_at
            return notices.frames_made(batch.count, seconds, outcome, is_resized)
        return notices.frames_stopped(batch.stopped, batch.count_made, batch.count)


class Frames(Feature):
    """One batch at a time."""

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self._batch: Batch | None = None

    def handlers(self) -> Handlers:
        return {
            ChooseFrames: self._choose,
            MakeFrames: lambda _: self._make(),
            commands.Cancel: lambda _: self._cancel(),
        }

    @property
    def is_lively(self) -> bool:
        return self._batch is not None

    def show(self, state: PanelState) -> PanelState:
        facts = self._core.facts
        if facts is None or facts.animation is None:
            return state
        state = replace(state, frames=self._range(facts))
        if state.shape is not None:
            words = _("{area}, frame {frame}")
            area = words.format(area=state.area, frame=facts.animation.frame)
            state = replace(state, area=area)
        batch = self._batch
        job = self._core.job_shown()
        if batch is None or job is None or not _is_of(job, batch) or state.mood is Mood.PROBLEM:
            return state
        share = (batch.count_made + (state.progress or 0.0)) / batch.count
        is_starting = self._core.link.state.is_starting
        if job.stage is Stage.CANCELLING or not job.is_at_backend or is_starting:
            return replace(state, progress=share)
        return replace(state, progress=share, status=wording.frame_of(*self._progress(batch)))

    def _progress(self, batch: Batch) -> tuple[int, int, str]:
        done = batch.count_made
        seconds = -1.0
        if done:
            so_far = time.monotonic() - batch.began_at
            seconds = so_far / done * (batch.count - done)
        return min(done + 1, batch.count), batch.count, duration_in_words(seconds)

    def ended(self, job: Job) -> None:
        batch = self._batch
        if batch is None:
            return
        if isinstance(job.errand, AddFrames):
            self._forget()
        elif isinstance(job.errand, MakeFrame) and _is_of(job, batch):
            if job.errand.frame not in batch.made and batch.stopped is None:
                batch.stopped = self._core.easel(job.document).notice or notices.CANCELLED
            self._go_on(batch)

    def tick(self) -> None:
        if self._batch is not None:
            self._go_on(self._batch)

    def close(self) -> None:
        self._forget()

    def _range(self, facts: DocumentFacts) -> tuple[int, int]:
        assert facts.animation is not None
        played = facts.animation.first, facts.animation.last
        return self._core.easel(facts.document).frames or played

    def _choose(self, command: ChooseFrames) -> None:
        self._core.easel().frames = (command.first, command.last)

    def _make(self) -> None:
        self._core.look(closely=True)
        facts = self._core.facts
        if self._batch is not None:
            self._core.say(notices.FRAMES_UNDER_WAY)
            return
        if facts is not None and facts.animation is None:
            self._core.say(notices.NO_ANIMATION)
            return
        try:
            plan = _plan_for_all(facts, self._core.choices())
        except NothingToEdit:
            self._core.easel().forget_last()
            return
        assert facts is not None
        first, last = self._range(facts)
        if last < first:
            self._core.say(notices.NO_FRAMES)
            return
        self._core.easel().forget_last()
        self._core.choose_seed()
        reel = self._core.studio.open_reel(facts.document)
        settings = self._core.settings
        self._batch = Batch(reel, plan, settings, first, last, time.monotonic())
        self._go_on(self._batch)

    def _go_on(self, batch: Batch) -> None:
        """Begin what there is room for, or stop what is no longer wanted; at the end add it."""
        jobs = [job for job in self._core.jobs if _is_of(job, batch)]
        if not self._core.studio.is_open(batch.plan.document):
            self._forget()
        elif batch.stopped is not None and jobs:
            for job in jobs:
                if job.stage is not Stage.INSERTING:  # else it is made: it is kept
                    self._core.jobs.cancel(job)
        elif batch.stopped is None and batch.to_begin:
            for frame in batch.to_begin[: AT_ONCE - len(jobs)]:
                batch.begun.add(frame)
                self._begin(batch, MakeFrame(batch, frame), Stage.READING)
        elif not jobs and batch.made and batch.recipe:
            self._begin(batch, AddFrames(batch), Stage.INSERTING)
        elif not jobs:
            self._core.say(batch.stopped or notices.BLANK_FRAMES, batch.plan.document)
            self._forget()

    def _begin(self, batch: Batch, errand: Errand, stage: Stage) -> None:
        plan = batch.plan
        self._core.jobs.begin(Job(errand, batch.settings, plan.document, stage=stage, plan=plan))

    def _cancel(self) -> None:
        batch, job = self._batch, self._core.job_shown()
        if batch is not None and job is not None and _is_of(job, batch):
            batch.stopped = batch.stopped or notices.CANCELLED
            self._go_on(batch)
        else:
            self._core.cancel()

    def _forget(self) -> None:
        if self._batch is not None:
            self._batch.reel.close()
        self._batch = None


def _is_of(job: Job, batch: Batch) -> bool:
    errand = job.errand
    return isinstance(errand, (MakeFrame, AddFrames)) and errand.batch is batch


def _plan_for_all(facts: DocumentFacts | None, choices: Choices) -> Plan:
    """The plan of any frame: strokes may be elsewhere in another frame than in this one."""
    plan = plan_edit(facts, choices)
    if facts is None or not plan.edge_px:
        return plan
    everywhere = plan_edit(replace(facts, painted=facts.canvas), choices)
    return replace(everywhere, edge_px=plan.edge_px)
