"""A t0 proposed from the painting itself, by trying.

A strip of small quick edits is made at several t0, and the model's own residual (`calibration`)
says how real each has become. From t0 to t0 that rises from flat strokes' to its best and then
stays. The knee of that curve is proposed: the least t0 at which most of the rise is done, since any
more only takes the artist's hand away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import torch.nn.functional as F
from torch import Tensor

from backend.models.calibration import (
    SIGMAS,
    Calibration,
    NotCalibrated,
    Place,
    residuals,
)
from backend.models.edit import Edit
from backend.models.model import Model
from backend.models.pixel_model import PixelModel
from backend.sdedit.scales import resized
from protocol.bounds import Bounds

TRIAL_T0S = (0.25, 0.4, 0.5, 0.6, 0.75)
TRIAL_STEPS = 6
"""With 3 the trials are blurred, and their knee says little of a full edit's."""
SHARE = 0.75
"""Of the rise, that has to be done. Held-out photographs made into strokes then become as much like
the photographs as at any t0, within 8 % (benchmarks/AUTO_T0.md)."""
LATER = 0.04
"""The trials' knee comes so much sooner than a full edit's, on 77 strokes of photographs that the
landscape model was trained on; on those that it never saw too (benchmarks/AUTO_T0.md)."""
RISE_LEAST = 0.3
"""In deviations of real pictures: where the trials differ by less, t0 gains nothing."""
FLAT_SHARE = 0.5
"""Of a painting, that is of one colour with its neighbours, for it to be called flat. Photographs
made into strokes of 3 to 50 colours had 0.53 or more of that, and as they are 0.45 at most."""
FLAT_STEP = 2 / 255
"""Below it two neighbours are of one colour: a step of an 8-bit picture, in [-1, 1]."""


@dataclass(frozen=True)
class T0Proposal:
    """t0 and the reason for it, as a stable name and as a sentence for the artist."""

    t0: float
    reason: str
    sentence: str


@dataclass(frozen=True)
class ProposalStep:
    """One evaluation of all trials done; the last one brings the proposal."""

    step: int
    of: int
    proposal: T0Proposal | None = None


def propose_t0(model: Model, guide: Tensor, place: Place) -> Iterator[ProposalStep]:
    """Look for the t0 that suits a guide (1, 3, H, W).

    Raises NotCalibrated at once, later what `Model.edit` raises.
    """
    calibration = Calibration.of(model.info.config)
    if calibration is None or not isinstance(model, PixelModel):
        raise NotCalibrated(
            f"The model {model.info.name!r} cannot propose a t0: it has not been shown real "
            "pictures to compare with.",
            "Choose t0 yourself, or calibrate the model: sdedit models calibrate --help",
        )
    return _proposing(model, calibration, *_at_trial_size(model, guide, place))


def knee(t0s: Sequence[float], deviations: Sequence[float]) -> float:
    """The least t0 at which SHARE of the rise of the deviations is done; between two, on a line."""
    risen = list(accumulate(deviations, max))
    target = risen[0] + SHARE * (risen[-1] - risen[0])
    index = next(i for i, value in enumerate(risen) if value >= target)
    if index == 0:
        return t0s[0]
    low, high = risen[index - 1], risen[index]
    share = (target - low) / (high - low)
    return t0s[index - 1] + share * (t0s[index] - t0s[index - 1])


def flat_share(picture: Tensor, may_change: Tensor | None = None) -> float:
    """How much of a picture (1, 3, H, W) is of one colour with the pixels right of and below it.

    may_change: (H, W), to count only pixels where it is above 0.
    """
    step = picture.new_zeros(picture.shape[-2:])
    across, down = (picture.diff(dim=dim)[0].abs().amax(dim=0) for dim in (-1, -2))
    step[:, :-1] = across
    step[:-1] = step[:-1].maximum(down)
    is_flat = step < FLAT_STEP
    return float((is_flat if may_change is None else is_flat[may_change > 0]).float().mean())


def proposal_from(deviations: Sequence[float], flat: float) -> T0Proposal:
    """What the trials say: their deviations from real pictures, one for each of TRIAL_T0S.

    flat: the guide's `flat_share`.
    """
    if flat < FLAT_SHARE and max(deviations) - deviations[0] < RISE_LEAST:
        t0 = TRIAL_T0S[0]
        reason = "detailed"
        sentence = (
            f"Your painting has fine detail already; {t0:.2f} keeps it, and more adds little."
        )
    else:
        t0 = round(knee(TRIAL_T0S, deviations) + LATER, 2)
        if flat >= FLAT_SHARE:
            reason, found, gain = "flat", "large flat shapes", "put detail into them"
        else:
            reason, found, gain = "some-detail", "some detail", "bring the rest up to it"
        sentence = f"Your painting has {found}; at {t0:.2f} the model can {gain}."
    return T0Proposal(t0, reason, sentence)


def _proposing(
    model: PixelModel, calibration: Calibration, guide: Tensor, place: Place
) -> Iterator[ProposalStep]:
    mask = None if place.may_change is None else (place.may_change > 0).float()
    trial = Edit(
        t0=TRIAL_T0S,
        steps=TRIAL_STEPS,
        seed=0,
        window=place.window,
        canvas_height=place.canvas_height,
        mask=mask,
        condition=place.condition,
    )
    for state in model.edit(guide, trial):
        of = state.of + len(SIGMAS)
        if state.step < state.of:
            yield ProposalStep(state.step, of)
    found = residuals(model, state.x0.clamp(-1, 1), SIGMAS, place)
    deviations = calibration.deviation(found, SIGMAS).tolist()
    flat = flat_share(guide, place.may_change)
    yield ProposalStep(of, of, proposal_from(deviations, flat))


def _at_trial_size(model: PixelModel, guide: Tensor, place: Place) -> tuple[Tensor, Place]:
    """Guide and place at half the native scale, or at all of it where the model knows no other."""
    height, width = guide.shape[-2:]
    wanted = model.native_px if model.composes_at_native else model.native_px / 2
    shrink = min(1.0, wanted / min(height, width))
    size = max(1, round(height * shrink)), max(1, round(width * shrink))
    may_change = place.may_change
    if may_change is not None:
        may_change = F.adaptive_max_pool2d(may_change.cpu()[None], size)[0]
    window = place.window
    small = Bounds(round(window.x * shrink), round(window.y * shrink), size[1], size[0])
    canvas_height = max(small.bottom, round(place.canvas_height * shrink))
    moved = replace(place, window=small, canvas_height=canvas_height, may_change=may_change)
    return resized(guide, *size), moved
