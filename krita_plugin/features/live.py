"""Live: what was painted last is refined as soon as the brush is lifted, beside the document.

Nothing is asked of Krita while the brush is down. What comes is shown in the panel and, if so
wished, over the canvas; it becomes a layer only when the artist keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable

from .. import notices
from ..area import Plan
from ..core import Core
from ..gallery import Candidate
from ..jobs.candidates_errand import MakeCandidates
from ..jobs.errand import Errand, Insertion, layer_name
from ..jobs.job import Job
from ..notices import Notice
from ..panel_state import PanelState
from ..protocol.bounds import Bounds
from ..protocol.messages import Message
from ..soft_mask import soft_mask
from ..studio import Pixels
from .feature import Feature, Handlers
from .strip import Keep, over_canvas

AROUND_PX = 24
"""How far around the strokes a refinement reaches: its edge fades out there."""


@dataclass(frozen=True)
class SwitchLive:
    """On, off, or with None the other of the two."""

    is_on: bool | None = None


@dataclass(frozen=True)
class StrokeBegan:
    """The brush is down on the canvas."""


@dataclass(frozen=True)
class StrokeEnded:
    """The brush is up. ``area`` holds what it may have painted; None: it may be anything."""

    area: Bounds | None


class Refine(MakeCandidates):
    """One picture of the area that was painted, in few steps; it never ends a stroke."""

    is_patient = True

    def message(self, job: Job, plan: Plan | None, pixels: Pixels | None) -> Message:
        request = self.request(job, plan, pixels)
        assert plan is not None
        if request.mask is None:
            fading = soft_mask(plan.area, plan.window, plan.canvas, AROUND_PX)
            request = replace(request, mask=fading, footprint=None)
        # Not for the history: there are many of them, and most are looked at for a second.
        return replace(request, priority="live", previews=False, readings=False, document="")


class KeepLive(Errand):
    """What is shown becomes a layer. Nothing is sent."""


class Live(Feature):
    """One refinement at a time; what is painted meanwhile is refined next."""

    def __init__(self, core: Core, keep_other: Callable[[Any], None]) -> None:
        """``keep_other`` does `Keep` when nothing live is shown."""
        super().__init__(core)
        self._keep_other = keep_other
        self._is_on = False
        self._is_down = False
        self._document = 0
        self._dirty: Bounds | None = None
        """What is painted and not yet refined."""
        self._job: Job | None = None
        self._seen: Candidate | None = None

    def handlers(self) -> Handlers:
        return {
            SwitchLive: self._switch,
            StrokeBegan: lambda _: self._begin_stroke(),
            StrokeEnded: self._end_stroke,
            Keep: self._keep,
        }

    @property
    def is_lively(self) -> bool:
        return self._is_on and self._dirty is not None

    def show(self, state: PanelState) -> PanelState:
        state = replace(state, is_live=self._is_on)
        seen = self._seen
        if not self._is_on or self._is_down or seen is None or seen.shown is None:
            return state
        state = replace(state, preview=state.preview or seen.thumbnail or seen.shown)
        if not state.settings.is_live_on_canvas:
            return state
        return replace(state, on_canvas=over_canvas(state.on_canvas, seen))

    def looked(self) -> None:
        facts = self._core.facts
        document = 0 if facts is None else facts.document
        if document != self._document:
            self._document = document
            self._dirty = self._seen = None

    def tick(self) -> None:
        self._refine()

    def ended(self, job: Job) -> None:
        if job is self._job:
            self._job = None
        elif self._is_on:
            self._seen = None  # another result is in the document now: this is of the time before

    def _switch(self, command: SwitchLive) -> None:
        self._is_on = not self._is_on if command.is_on is None else command.is_on
        self._dirty = self._seen = None
        self._is_down = False
        if self._is_on:
            self._core.link.ensure_warm()
            self._core.say(notices.LIVE_ON)
        else:
            self._give_up()
            self._core.say(notices.LIVE_OFF)

    def _begin_stroke(self) -> None:
        self._is_down = True
        self._give_up()

    def _end_stroke(self, command: StrokeEnded) -> None:
        self._is_down = False
        if not self._is_on:
            return
        self._core.look()
        facts = self._core.facts
        if facts is None:
            return
        area = facts.canvas if command.area is None else command.area.grown(AROUND_PX)
        self._add(area.intersection(facts.canvas))
        self._refine()

    def _add(self, area: Bounds) -> None:
        if not area.is_empty:
            self._dirty = area if self._dirty is None else self._dirty.union(area)

    def _refine(self) -> None:
        facts = self._core.facts
        if self._dirty is None or self._is_down or self._job is not None or facts is None:
            return
        if self._core.jobs.of_document(facts.document):
            return  # the artist has asked for something else: that comes first
        area, self._dirty = self._dirty, None
        settings = self._core.settings
        self._job = self._core.begin(
            Refine(self._take),
            replace(self._core.choices(), area=area),
            steps=settings.live_steps,
            seed=settings.seed,
            repeats=1,
        )

    def _take(self, job: Job, candidates: tuple[Candidate, ...]) -> Notice:
        if self._is_on and job.document == self._document:
            (self._seen,) = candidates
        return notices.refined(job.seconds)

    def _give_up(self) -> None:
        """What is under way is outdated; its area is refined with what comes."""
        job, self._job = self._job, None
        if job is not None:
            if job.plan is not None:
                self._add(job.plan.area)
            self._core.jobs.cancel(job)

    def _keep(self, command: Keep) -> None:
        seen = self._seen
        if not self._is_on or seen is None or command.nth is not None:
            self._keep_other(command)
            return
        self._seen = None
        name = layer_name({"t0": seen.t0, "seed": seen.seed})
        recipe = {key: value for key, value in seen.recipe.items() if key != "entry"}
        insertion = Insertion(name, seen.picture, seen.plan.area, recipe)
        self._core.insert(KeepLive(), insertion, seen.plan)
