"""One edit, from the request's raw pixels to the result's, as a generator of its steps."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from backend.models.calibration import Place
from backend.models.condition import Condition
from backend.models.edit import Edit
from backend.models.model import Model
from backend.pictures.footprint import with_areas
from backend.pictures.pixels import (
    grey_values,
    layer_alpha,
    rgb_over_white,
    to_layer,
)
from backend.provenance.watermark import marked
from backend.sdedit.coarse_to_fine import ScaleState
from backend.sdedit.edit import NonFiniteResultError
from backend.sdedit.fading import faded
from backend.worker.readings import readings_of
from backend.worker.thumbnails import THUMBNAIL_PX, on_guide, shrunk
from protocol.errors import InvalidValue, SDEditError
from protocol.images import Image
from protocol.limits import LIMITS
from protocol.messages import SEED_MAX, EditRequest

PREVIEW_PX = 384
"""Longest side of a preview: enough for a docker, small enough to send at every step."""


RUNG_SEEDS = 0x9E3779B97F4A7C15
"""Between the seeds of a ladder's rungs, so that each has noise of its own: the golden ratio's
part of 2^64, far from the seeds of any variants."""


class NoPicture(SDEditError):
    """The model did not make a picture."""

    code = "not-finite"


@dataclass(frozen=True, eq=False)
class EditStep:
    """One network evaluation done.

    fraction: share of the whole work done so far, in (0, 1]; finer scales cost more per step, so
        seconds left follow from it, not from step / of.
    preview: makes the current estimate of the first variant, or of the strip's middle, RGBA U8 at
        a reduced size; call it only if it is sent.
    results: the finished pictures, one for each variant or t0, at the last step only.
    thumbnails: of each of them. shown: the same, as large as the request asks for.
    readings: `protocol.messages.Result.readings`.
    """

    step: int
    of: int
    fraction: float
    preview: Callable[[], Image]
    results: tuple[Image, ...] = ()
    thumbnails: tuple[Image, ...] = ()
    shown: tuple[Image, ...] = ()
    readings: tuple[dict[str, float], ...] = ()


def run_edit(request: EditRequest, model: Model) -> Iterator[EditStep]:
    """SDEdit on the request's guide; one EditStep for each network evaluation.

    Raises SDEditError for anything the request or the model can cause.
    """
    window = request.guide.bounds
    _check_size(request)
    request = with_areas(request)
    guide = rgb_over_white(request.guide, request.profile)
    mask = None if request.mask is None else grey_values(request.mask)
    if mask is not None and not bool(mask.any()):
        raise InvalidValue("The selection is empty inside the canvas.", "Select what may change.")
    t0_map = None if request.t0_map is None else grey_values(request.t0_map)
    if t0_map is not None and not bool(((t0_map if mask is None else t0_map * mask) > 0).any()):
        raise InvalidValue(
            "The t0 map is black wherever the picture may change.", "Paint it grey or white there."
        )

    def rung(nth: int, guide: Tensor) -> Iterator[ScaleState]:
        """The states of a ladder's rung; of an edit that is none, of all of it."""
        asked = Edit(
            t0=request.t0s or request.t0,
            steps=request.steps,
            seed=(request.seed + nth * RUNG_SEEDS) % (SEED_MAX + 1),
            variants=request.variants,
            window=window,
            canvas_height=request.canvas_height,
            mask=mask,
            t0_map=t0_map,
            repeats=1 if request.ladder else request.repeats,
            sampler=request.sampler,
            condition=_condition(request),
        )
        return model.edit(guide, asked)

    rungs = request.picture_count if request.ladder else 1
    made: list[Tensor] = []
    try:
        for nth in range(rungs):
            for state in rung(nth, made[-1].to(guide) if made else guide):
                preview = functools.partial(_preview_of, state, len(request.t0s) // 2)
                step, of = nth * state.of + state.step, rungs * state.of
                fraction = (nth + state.fraction) / rungs
                if state.step == state.of:
                    made.append(state.x0)
                if step < of:
                    yield EditStep(step, of, fraction, preview)
        x0 = _faded(request, guide, torch.cat([x.to(guide) for x in made]), model)
        finished = _finished(request, guide, x0)
        yield EditStep(of, of, 1.0, preview, *finished, _readings(request, guide, x0, model))
    except ValueError as error:
        raise InvalidValue(str(error)) from error
    except NonFiniteResultError as error:
        raise NoPicture(
            "The model made numbers that are not a picture.", "Try another seed or a lower t0."
        ) from error


def make_preview(x0: Tensor) -> Image:
    """x0 (1, 3, H, W) as RGBA U8, its longest side at most PREVIEW_PX."""
    return shrunk(x0, PREVIEW_PX)


def _preview_of(state: ScaleState, index: int) -> Image:
    return make_preview(state.x0[index : index + 1])


def _faded(request: EditRequest, guide: Tensor, x0: Tensor, model: Model) -> Tensor:
    """The results (B, 3, H, W), each with as much of its change as its t0 makes."""
    t0s = request.t0s or (request.t0,) * len(x0)
    t0_map = None if request.t0_map is None else grey_values(request.t0_map)
    each = zip(torch.split(x0, 1), t0s, strict=True)
    return torch.cat([faded(x, guide, model.schedule, t0, t0_map) for x, t0 in each])


def _finished(
    request: EditRequest, guide: Tensor, x0: Tensor
) -> tuple[tuple[Image, ...], tuple[Image, ...], tuple[Image, ...]]:
    """The pictures in the document's own format, their thumbnails, and how they are shown."""
    window = request.guide.bounds
    alpha = layer_alpha(request.mask, request.t0_map)
    pictures: list[Image] = []
    thumbnails: list[Image] = []
    shown: list[Image] = []
    for picture in torch.split(x0, 1):
        if request.watermark:
            picture = marked(picture, guide, window.x, window.y)
        pictures.append(to_layer(picture, guide, request.guide, alpha, request.profile))
        seen = on_guide(picture, guide, alpha)
        thumbnails.append(shrunk(seen, THUMBNAIL_PX))
        if request.shown_px:
            shown.append(shrunk(seen, request.shown_px))
    return tuple(pictures), tuple(thumbnails), tuple(shown)


def _readings(
    request: EditRequest, guide: Tensor, x0: Tensor, model: Model
) -> tuple[dict[str, float], ...]:
    if not request.readings:
        return ()
    greys = [grey_values(grey) for grey in (request.mask, request.t0_map) if grey is not None]
    may_change = functools.reduce(Tensor.mul, greys) if greys else None
    t0s = request.t0s or (request.t0,) * len(x0)
    place = Place(request.guide.bounds, request.canvas_height, may_change, _condition(request))
    return readings_of(model, guide, x0, t0s, place)


def _condition(request: EditRequest) -> Condition:
    return Condition(request.label, request.prompt, request.negative_prompt, request.guidance_scale)


def _check_size(request: EditRequest) -> None:
    """Raise InvalidValue if the results would not fit into one message."""
    nbytes = memoryview(request.guide.data).nbytes * request.picture_count
    if nbytes > LIMITS.job_bytes:
        raise InvalidValue(
            f"{request.picture_count} pictures of this size have {nbytes} bytes; "
            f"the most is {LIMITS.job_bytes}.",
            "Ask for fewer pictures, or select a smaller area.",
        )
