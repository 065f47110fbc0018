"""SDEdit's evaluation: edits of every guide at every t0, and how faithful and realistic they are.

In an evaluation a *cell* is one setting, over all photographs: protocol, colours and t0.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from backend.evaluation.kid import Inception
from backend.evaluation.photographs import Photograph
from backend.evaluation.protocols import (
    COMPOSITING,
    LOCAL,
    STROKES,
    Example,
    around,
    compositing_examples,
    local_examples,
    patch_of,
    region_of,
    strokes_examples,
)
from backend.evaluation.realism import Figures, Realism, floor
from backend.evaluation.regions import cut
from backend.evaluation.seams import border_gradients
from backend.evaluation.sliced_wasserstein import pyramid_levels
from backend.models.edit import Edit
from backend.models.model import Model
from backend.pictures.faithfulness import l2, rms
from backend.sdedit.edit import NonFiniteResultError
from protocol.errors import InvalidValue, SDEditError
from protocol.messages import SEED_MAX

LOCAL_COLOURS = 6
"""The paper's strokes; the local edit is measured with these alone."""


class EvaluationError(SDEditError):
    """An evaluation cannot go on."""

    code = "evaluation"


@dataclass(frozen=True)
class Plan:
    """All settings of an evaluation but the model and the pictures.

    t0s: of strokes and local edits; pasted_t0s: of compositing. Both ascending.
    seed: of the first photograph's noise and region; each further one has the next.
    """

    protocols: tuple[str, ...]
    colours: tuple[int, ...]
    t0s: tuple[float, ...]
    pasted_t0s: tuple[float, ...]
    steps: int
    seed: int
    sampler: str

    def series(self) -> list[tuple[str, int, tuple[float, ...]]]:
        """(protocol, colours, t0s) of each curve; colours is 0 where nothing is painted."""
        local = LOCAL_COLOURS if LOCAL_COLOURS in self.colours else self.colours[0]
        of = {
            STROKES: [(STROKES, colours, self.t0s) for colours in self.colours],
            LOCAL: [(LOCAL, local, self.t0s)],
            COMPOSITING: [(COMPOSITING, 0, self.pasted_t0s)],
        }
        return [curve for protocol in self.protocols for curve in of[protocol]]

    def edits(self, photographs: int) -> int:
        """How many edits it takes."""
        return photographs * sum(len(t0s) for _, _, t0s in self.series())


@dataclass(frozen=True)
class Row:
    """The figures of one cell. t0: 0 is the guides themselves, None the photographs."""

    protocol: str
    colours: int
    t0: float | None
    figures: Figures


@dataclass(frozen=True, eq=False)
class Cell:
    """A row and the pictures it was measured on; results are (3, H, W) uint8."""

    row: Row
    examples: Sequence[Example]
    results: Sequence[Tensor]


class Evaluation:
    """One evaluation of a model.

    reference: the photographs that realism is measured against, if not the edited ones.
    on_edit: told how many edits are done, a part of the present one included.
    """

    def __init__(
        self,
        model: Model,
        photographs: Sequence[Photograph],
        plan: Plan,
        *,
        reference: Sequence[Photograph] | None = None,
        inception: Inception | None = None,
        on_edit: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.plan = plan
        self._model = model
        self._photographs = photographs
        self._reference = reference
        self._inception = inception
        self._on_edit = on_edit
        self._done = 0

    def cells(self) -> Iterator[Cell]:
        """Every cell, when it is measured. Raises SDEditError for what the model can cause."""
        protocol, judge = "", None
        for curve_protocol, colours, t0s in self.plan.series():
            self._on_edit(self._done)
            examples = self._examples(curve_protocol, colours)
            if curve_protocol != protocol:
                protocol = curve_protocol
                judge, figures = self._judge(protocol, examples)
                row = Row(protocol, 0, None, figures)
                yield Cell(row, examples, [example.photograph.pixels for example in examples])
            guides = [example.guide for example in examples]
            row = Row(protocol, colours, 0.0, measured(examples, guides, judge))
            yield Cell(row, examples, guides)
            for t0 in t0s:
                began = time.monotonic()
                edited = [self._edit(index, example, t0) for index, example in enumerate(examples)]
                seconds = (time.monotonic() - began) / len(edited)
                results = [result for result, _ in edited]
                figures = measured(examples, results, judge) | {"seconds": seconds}
                if any(example.mask is not None for example in examples):
                    figures["changed"] = sum(changed for _, changed in edited)
                yield Cell(Row(protocol, colours, t0, figures), examples, results)

    def _examples(self, protocol: str, colours: int) -> list[Example]:
        if protocol == STROKES:
            return strokes_examples(self._photographs, colours)
        if protocol == LOCAL:
            return local_examples(self._photographs, colours, self.plan.seed)
        return compositing_examples(self._photographs, self.plan.seed)

    def _judge(self, protocol: str, examples: list[Example]) -> tuple[Realism | None, Figures]:
        """What judges this protocol's realism, and the photographs' own figures."""
        figures = seam_figures(examples, [example.photograph.pixels for example in examples])
        if protocol == COMPOSITING:
            # What is pasted comes from elsewhere, so its detail is not this photograph's.
            return None, figures
        own = [patch_of(example.photograph.pixels, example.region) for example in examples]
        if self._reference is None:
            reference = own
        elif protocol == STROKES:
            reference = [photograph.pixels for photograph in self._reference]
        else:
            reference = [
                patch_of(photograph.pixels, region_of(photograph, self.plan.seed, index))
                for index, photograph in enumerate(self._reference)
            ]
        levels = pyramid_levels([*own, *reference])
        judge = Realism(reference, levels, self._inception)
        if self._reference is None:
            return judge, figures | floor(own, levels, self._inception)
        return judge, figures | judge.figures(own)

    @torch.inference_mode()
    def _edit(self, index: int, example: Example, t0: float) -> tuple[Tensor, int]:
        """The result (3, H, W) uint8, and how many pixels changed that were to be kept."""
        window = example.window
        guide = cut(example.guide, window)[None].float() / 127.5 - 1
        mask = None if example.mask is None else cut(example.mask, window).float()
        asked = Edit(
            t0=t0,
            steps=self.plan.steps,
            seed=(self.plan.seed + index) % (SEED_MAX + 1),
            window=window,
            canvas_height=example.guide.shape[1],
            mask=mask,
            sampler=self.plan.sampler,
        )
        try:
            states = self._model.edit(guide, asked)
        except ValueError as error:
            raise InvalidValue(str(error)) from error
        try:
            for state in states:
                self._on_edit(self._done + state.fraction)
        except NonFiniteResultError as error:
            raise EvaluationError(
                f"At t0 {t0:g} the model made numbers of {example.photograph.name} that are not a "
                "picture.",
                "Try another --seed or a lower --t0.",
            ) from error
        self._done += 1
        x0 = state.x0.cpu()
        changed = 0 if mask is None else int(((x0 != guide).any(dim=1)[0] & (mask == 0)).sum())
        result = example.guide.clone()
        cut(result, window)[:] = (x0[0].clamp(-1, 1) + 1).mul(127.5).round().to(torch.uint8)
        return result, changed


def measured(
    examples: Sequence[Example], results: Sequence[Tensor], judge: Realism | None
) -> Figures:
    """Faithfulness, realism and seams of results, each a mean over the examples."""
    count = len(examples)
    pairs = list(zip(examples, results))
    figures = {
        "l2": sum(l2(result, e.guide, e.region) for e, result in pairs) / count,
        "rms": sum(rms(result, e.guide, e.region) for e, result in pairs) / count,
    }
    if judge is not None:
        figures |= judge.figures([patch_of(result, e.region) for e, result in pairs])
    return figures | seam_figures(examples, results)


def seam_figures(examples: Sequence[Example], results: Sequence[Tensor]) -> Figures:
    """seam: gradients across the regions' borders, over those elsewhere around them.

    Summed over the pictures first, so that one with hardly any gradients does not outweigh the
    others. {} where there are no regions or no gradients.
    """
    across = elsewhere = 0.0
    for example, result in zip(examples, results):
        if example.region is not None:
            here, there = border_gradients(result, example.region, around(example.region))
            across += here
            elsewhere += there
    return {"seam": across / elsewhere} if elsewhere else {}
