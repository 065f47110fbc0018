"""One edit, from the request's raw pixels to the result's, as a generator of its steps."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torch import Tensor

from backend.models.landscape import LandscapeModel
from backend.pictures.pixels import mask_values, rgb_over_white, to_image
from backend.sdedit.coarse_to_fine import resized
from backend.sdedit.edit import NonFiniteResultError
from protocol.bounds import Bounds
from protocol.errors import InvalidValue, SDEditError
from protocol.images import Image
from protocol.messages import EditRequest

PREVIEW_PX = 384
"""Longest side of a preview: enough for a docker, small enough to send at every step."""


class NoPicture(SDEditError):
    """The model did not make a picture."""

    code = "not-finite"


@dataclass(frozen=True, eq=False)
class EditStep:
    """One network evaluation done.

    fraction: share of the whole work done so far, in (0, 1]; finer scales cost more per step, so
        seconds left follow from it, not from step / of.
    preview: makes the current estimate, RGBA U8 at a reduced size; call it only if it is sent.
    result: the finished picture, at the last step only.
    """

    step: int
    of: int
    fraction: float
    preview: Callable[[], Image]
    result: Image | None = None


def run_edit(request: EditRequest, model: LandscapeModel) -> Iterator[EditStep]:
    """SDEdit on the request's guide; one EditStep for each network evaluation.

    Raises SDEditError for anything the request or the model can cause.
    """
    window = request.guide.bounds
    guide = rgb_over_white(request.guide)
    mask = None if request.mask is None else mask_values(request.mask)
    if mask is not None and not bool(mask.any()):
        raise InvalidValue("The selection is empty inside the canvas.", "Select what may change.")
    try:
        states = model.edit(
            guide,
            t0=request.t0,
            steps=request.steps,
            seed=request.seed,
            window=window,
            canvas_height=request.canvas_height,
            mask=mask,
            repeats=request.repeats,
            sampler=request.sampler,
        )
    except ValueError as error:
        raise InvalidValue(str(error)) from error
    try:
        for state in states:
            result = None
            if state.step == state.of:
                result = to_image(state.x0, window, request.mask, request.guide.format.profile)
            preview = functools.partial(make_preview, state.x0)
            yield EditStep(state.step, state.of, state.fraction, preview, result)
    except NonFiniteResultError as error:
        raise NoPicture(
            "The model made numbers that are not a picture.", "Try another seed or a lower t0."
        ) from error


def make_preview(x0: Tensor) -> Image:
    """x0 (1, 3, H, W) as RGBA U8, its longest side at most PREVIEW_PX."""
    height, width = x0.shape[-2:]
    shrink = min(1.0, PREVIEW_PX / max(height, width))
    size = max(1, round(height * shrink)), max(1, round(width * shrink))
    return to_image(resized(x0, *size), Bounds(0, 0, size[1], size[0]), None, "")
