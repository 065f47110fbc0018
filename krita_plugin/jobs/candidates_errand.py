"""The errand of several pictures at once: they come into the document's gallery, not into it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Callable

from ..area import Plan
from ..gallery import Candidate, candidates_of, is_plain
from ..notices import Notice
from ..protocol.messages import EditRequest, Message, Result
from ..studio import Pixels
from .errand import Errand, edit_request, layer_recipe

if TYPE_CHECKING:
    from .job import Job

SHOWN_PX = 1024
"""About what a canvas has room for."""

Deliver = Callable[["Job", "tuple[Candidate, ...]"], Notice]
"""Takes the pictures of a job, and says so."""


class MakeCandidates(Errand):
    """One picture for each of some t0 from the same noise, or ``variants`` from a seed each, or
    with ``is_ladder`` one after each repeat."""

    def __init__(
        self,
        deliver: Deliver,
        t0s: tuple[float, ...] = (),
        variants: int = 1,
        is_ladder: bool = False,
    ) -> None:
        self._deliver = deliver
        self._t0s = t0s
        self._variants = variants
        self._is_ladder = is_ladder

    def request(self, job: Job, plan: Plan | None, pixels: Pixels | None) -> EditRequest:
        """The edit, with pictures to be shown where those of the document cannot be."""
        request = edit_request(job, plan, pixels)
        return request if is_plain(request.guide.format) else replace(request, shown_px=SHOWN_PX)

    def message(self, job: Job, plan: Plan | None, pixels: Pixels | None) -> Message:
        request = self.request(job, plan, pixels)
        if self._t0s:
            return replace(request, t0s=self._t0s)
        return replace(request, variants=self._variants, ladder=self._is_ladder)

    def answered(self, job: Job, answer: Message) -> Notice:
        assert isinstance(answer, Result)
        assert job.plan is not None
        seed, count = job.settings.seed, len(answer.pictures)
        if self._t0s:
            t0s, seeds = self._t0s, (seed,) * count
        else:
            t0s = (job.settings.t0,) * count
            seeds = (seed,) * count if self._is_ladder else tuple(range(seed, seed + count))
        recipes = tuple(layer_recipe(answer.recipe, job.id, nth, count) for nth in range(count))
        candidates = candidates_of(answer, job.plan, t0s, seeds, recipes)
        if self._is_ladder:
            candidates = tuple(
                replace(candidate, repeat=nth) for nth, candidate in enumerate(candidates, start=1)
            )
        return self._deliver(job, candidates)
