"""Comparing two pictures again and again leads to the artist's own t0."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

from .. import notices
from ..comparison import CHOICES, Comparison
from ..gallery import Candidate, Gallery
from ..i18n import _
from ..jobs.candidates_errand import MakeCandidates
from ..jobs.job import Job
from ..notices import Notice
from ..panel_state import PanelState
from .feature import Feature, Handlers


@dataclass(frozen=True)
class BeginComparison:
    """Make the first pair."""


@dataclass(frozen=True)
class Choose:
    """Of the pair, the picture with more of the painting, or the one that looks more real."""

    more_real: bool


class Compare(Feature):
    """One comparison for each document; a choice is made again if its job does not come to its
    end."""

    def handlers(self) -> Handlers:
        return {BeginComparison: lambda _: self._begin(), Choose: self._choose}

    def show(self, state: PanelState) -> PanelState:
        comparison = self._core.easel().comparison
        if comparison is None or not state.gallery.question:
            return state
        return replace(
            state, gallery=replace(state.gallery, is_waiting=self._is_waiting(comparison))
        )

    def _is_waiting(self, comparison: Comparison) -> bool:
        return any(job.id == comparison.job for job in self._core.jobs)

    def _begin(self) -> None:
        self._make_missing(Comparison(), Comparison())

    def _choose(self, command: Choose) -> None:
        easel = self._core.easel()
        comparison = easel.comparison
        if comparison is None or not comparison.finished or self._is_waiting(comparison):
            return
        further = comparison.chosen(command.more_real)
        if further.is_over:
            self._end(further)
        else:
            self._make_missing(comparison, further)

    def _make_missing(self, now: Comparison, further: Comparison) -> None:
        errand = MakeCandidates(functools.partial(self._take, further), t0s=further.missing)
        # All from the same noise: the first pair's seed is the seed of all.
        seed: dict[str, Any] = {} if now.seed is None else {"seed": now.seed}
        job = self._core.begin(errand, **seed)
        if job is not None:
            self._core.easel().comparison = replace(now, job=job.id)

    def _take(self, further: Comparison, job: Job, made: tuple[Candidate, ...]) -> Notice:
        easel = self._core.easel(job.document)
        if easel.comparison is None or easel.comparison.job != job.id:
            return notices.CANCELLED  # put away meanwhile
        comparison = further.with_pictures(made)
        easel.comparison = comparison
        question = _("Choice {nth} of {count}").format(nth=comparison.choices + 1, count=CHOICES)
        pair = tuple(filter(None, map(comparison.at, comparison.pair)))
        easel.gallery = Gallery(pair, question)
        return notices.WHICH_IS_NEARER

    def _end(self, comparison: Comparison) -> None:
        easel, winner = self._core.easel(), comparison.winner
        in_order = sorted(comparison.finished, key=lambda candidate: candidate.t0)
        easel.gallery, easel.comparison = Gallery(tuple(in_order)), None
        self._core.change(t0=winner.t0)
        self._core.say(notices.own_t0(winner.t0))
