"""The document's gallery: filled by a strip of t0 or by variants, pointed at, scrubbed, kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .. import commands, notices
from ..core import Core
from ..gallery import Candidate, Gallery, GalleryView, OnCanvas
from ..jobs.candidates_errand import MakeCandidates
from ..jobs.errand import Errand, Insertion, layer_name
from ..jobs.job import Job
from ..notices import Notice
from ..panel_state import PanelState
from ..protocol.messages import VARIANTS_MAX
from ..studio import Inserted
from .feature import Feature, Handlers


@dataclass(frozen=True)
class MakeStrip:
    """Make a picture for each t0 of the strip, from the same noise."""


@dataclass(frozen=True)
class PointAt:
    """The pointer or the keyboard is on a candidate, or with None on no one any more."""

    nth: int | None


@dataclass(frozen=True)
class Keep:
    """Make a candidate a layer: this one, or with None the one pointed at, else the chosen one."""

    nth: int | None = None


@dataclass(frozen=True)
class PutAway:
    """Show the candidates no longer."""


@dataclass(frozen=True)
class HoldSlider:
    """The slider of t0 is held, or let go."""

    is_held: bool


class KeepCandidate(Errand):
    """A candidate becomes a layer. Nothing is sent."""

    def __init__(self, gallery: Gallery, nth: int) -> None:
        self._gallery = gallery
        self._nth = nth

    def added(
        self,
        job: Job,  # noqa: ARG002
        outcome: Inserted,
        is_resized: bool,
        is_elsewhere: bool,
    ) -> Notice:
        self._gallery.layers[self._nth] = outcome.layer
        self._gallery.kept |= {self._nth}
        return notices.kept(outcome, is_resized, is_elsewhere)


class Strip(Feature):
    """Looking at finished candidates costs the document nothing: they are shown over the canvas."""

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self._is_held = False

    def handlers(self) -> Handlers:
        return {
            MakeStrip: lambda _: self._make_strip(),
            PointAt: lambda command: self._point(command.nth),
            Keep: lambda command: self._keep(command.nth),
            PutAway: lambda _: self._put_away(),
            HoldSlider: self._hold,
            commands.Generate: lambda _: self._generate(),
        }

    def looked(self) -> None:
        gallery, facts = self._core.easel().gallery, self._core.facts
        if gallery is not None and facts is not None and gallery.layers:
            has_layer = self._core.studio.has_layer
            gallery.kept = frozenset(
                nth for nth, layer in gallery.layers.items() if has_layer(facts.document, layer)
            )

    def show(self, state: PanelState) -> PanelState:
        gallery = self._core.easel().gallery
        if gallery is None:
            return state
        chosen = gallery.chosen(state.settings.t0)
        view = GalleryView(
            gallery.candidates, gallery.question, chosen, gallery.pointed, gallery.kept
        )
        shown = gallery.pointed
        if shown is None and self._is_held and gallery.t0s:
            shown = chosen
        if shown is None:
            picture = state.preview or gallery.candidates[chosen].preview
            return replace(state, gallery=view, t0_marks=gallery.t0s, preview=picture)
        candidate = gallery.candidates[shown]
        return replace(
            state,
            gallery=view,
            t0_marks=gallery.t0s,
            preview=candidate.preview or state.preview,
            on_canvas=over_canvas(state.on_canvas, candidate),
        )

    def _make_strip(self) -> None:
        self._core.begin(MakeCandidates(self._take, t0s=self._core.settings.strip_t0s))

    def _generate(self) -> None:
        settings = self._core.settings
        if settings.variants > 1:
            self._core.begin(MakeCandidates(self._take, variants=settings.variants))
        elif 1 < settings.repeats <= VARIANTS_MAX:
            self._core.begin(MakeCandidates(self._take, is_ladder=True))
        else:
            self._core.generate()

    def _take(self, job: Job, candidates: tuple[Candidate, ...]) -> Notice:
        easel = self._core.easel(job.document)
        easel.gallery, easel.comparison = Gallery(candidates), None
        return notices.candidates_made(len(candidates), job.seconds)

    def _point(self, nth: int | None) -> None:
        gallery = self._core.easel().gallery
        if gallery is not None:
            is_there = nth is not None and nth < len(gallery.candidates)
            gallery.pointed = nth if is_there else None

    def _keep(self, nth: int | None) -> None:
        self._core.look()
        gallery, facts = self._core.easel().gallery, self._core.facts
        if gallery is None or facts is None:
            self._core.say(notices.NOTHING_TO_KEEP)
            return
        if nth is None:
            nth = gallery.pointed
        if nth is None:
            nth = gallery.chosen(self._core.settings.t0)
        candidate = gallery.candidates[nth]
        gallery.picked = nth
        gallery.pointed = None  # from now on the document itself shows it
        if gallery.t0s:
            self._core.change(t0=candidate.t0)
        if nth in gallery.kept:
            self._core.say(notices.KEPT_ALREADY)
            return
        name = layer_name({"t0": candidate.t0, "seed": candidate.seed})
        if candidate.repeat > 1:
            name += f" ×{candidate.repeat}"
        area = candidate.plan.area
        insertion = Insertion(name, candidate.picture, area, candidate.recipe)
        self._core.insert(KeepCandidate(gallery, nth), insertion, candidate.plan)

    def _put_away(self) -> None:
        easel = self._core.easel()
        if easel.comparison is not None:
            for job in self._core.jobs:
                if job.id == easel.comparison.job:
                    self._core.jobs.cancel(job)  # its picture would come too late
        easel.gallery = easel.comparison = None

    def _hold(self, command: HoldSlider) -> None:
        self._is_held = command.is_held


def over_canvas(before: OnCanvas | None, candidate: Candidate) -> OnCanvas | None:
    """The candidate at its place, with what is shown there already."""
    picture, plan = candidate.shown, candidate.plan
    if picture is None:
        return before
    return replace(before or OnCanvas(), picture=picture, place=plan.window, part=plan.area)
