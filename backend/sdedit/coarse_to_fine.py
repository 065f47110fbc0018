"""SDEdit from a whole composition down to the finest detail.

A network with a native scale composes a picture of that size well and a larger one badly. So the
guide is edited first where its shorter side is about the native size, at the artist's t0; then, at
every scale twice as fine, the result is refined from a lower noise level. A guide no larger than
the native size is edited once, at its own scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .denoisers import Denoiser
from .edit import sdedit
from .noise import canvas_noise
from .schedules import VESchedule, t_uniform_sigmas

_NOISE_INDICES_PER_SCALE = 2**24
"""Noise indices of one scale start here, so that no two scales share a field."""


@dataclass(frozen=True)
class Refinement:
    """How the finer scales are made; the defaults were tuned on the held-out landscapes.

    sigma_most: the noise level a finer scale starts from at most, for the first, second, … scale
        after the coarsest (the last value goes on).
    steps_share: a finer scale's evaluations as a share of the coarsest one's.
    detail: standard deviation of the guide's own detail that a finer scale starts from. What the
        coarse result cannot hold is kept by detail² / (detail² + sigma0²), the share that SDEdit
        itself would keep of it (SAMPLER equation k = s² / (s² + σ0²)): all of it as t0 → 0.
    """

    sigma_most: Sequence[float] = (0.3, 0.2, 0.15)
    steps_share: float = 0.5
    detail: float = 0.1


@dataclass(frozen=True)
class Scale:
    """One scale: the picture 2^-halvings of its size, edited from noise level sigmas[0]."""

    halvings: int
    height: int
    width: int
    sigmas: Tensor

    @property
    def steps(self) -> int:
        return len(self.sigmas) - 1

    @property
    def work(self) -> float:
        """Evaluations × pixels: what it costs a fully convolutional network."""
        return float(self.steps * self.height * self.width)


@dataclass(frozen=True, eq=False)
class ScaleState:
    """Where the edit stands: step of `of` evaluations, and `fraction` of the work in (0, 1].

    x0: (B, C, h, w), the clean estimate at the current scale; at the last step the result.
    """

    step: int
    of: int
    fraction: float
    x0: Tensor


def plan_scales(
    height: int,
    width: int,
    native_px: int,
    schedule: VESchedule,
    t0: float,
    steps: int,
    refinement: Refinement,
) -> list[Scale]:
    """The scales of an edit, coarsest first; the last one has the picture's own size."""
    halvings = max(0, round(math.log2(min(height, width) / native_px)))
    scales = []
    for index, k in enumerate(range(halvings, -1, -1)):
        level_t0, level_steps = t0, steps
        if index > 0:
            most = refinement.sigma_most[min(index, len(refinement.sigma_most)) - 1]
            level_t0 = min(t0, schedule.t(most))
            level_steps = max(1, round(steps * refinement.steps_share))
        size = max(1, round(height / 2**k)), max(1, round(width / 2**k))
        scales.append(Scale(k, *size, t_uniform_sigmas(schedule, level_t0, level_steps)))
    return scales


def resized(x: Tensor, height: int, width: int) -> Tensor:
    """x (B, C, H, W) at another size: antialiased when smaller, bicubic when larger."""
    if x.shape[-2:] == (height, width):
        return x
    mode = "bicubic" if height > x.shape[-2] else "bilinear"
    return F.interpolate(x, size=(height, width), mode=mode, antialias=True)


@torch.no_grad()
def sdedit_coarse_to_fine(
    denoiser_at: Callable[[Scale], Denoiser],
    guide: Tensor,
    scales: Sequence[Scale],
    *,
    seed: int,
    x: int = 0,
    y: int = 0,
    mask: Tensor | None = None,
    repeats: int = 1,
    sampler: str = "sde-dpmpp-2m",
    refinement: Refinement | None = None,
) -> Iterator[ScaleState]:
    """Edit ``guide`` (B, C, H, W) scale by scale; the last state's x0 is the result.

    x, y: the guide's place on the canvas, to which the noise is anchored at every scale.
    mask: (H, W), 1 = may change; any pixel above 0 may change fully, so that a soft edge is
        blended once, by whoever composites the result. Where it is 0 the result is the guide.
    repeats: the paper's K, at the coarsest scale.
    Raises what `sdedit` raises.
    """
    refinement = refinement or Refinement()
    batch, channels = guide.shape[:2]
    counts = [scale.steps * (repeats if i == 0 else 1) for i, scale in enumerate(scales)]
    works = [scale.work * (repeats if i == 0 else 1) for i, scale in enumerate(scales)]
    done_steps, done_work = 0, 0.0
    before: Tensor | None = None
    coarse_guide = guide
    for index, scale in enumerate(scales):
        scale_guide = resized(guide, scale.height, scale.width)
        scale_mask = _may_change(mask, scale)
        start = scale_guide
        if before is not None:
            start = _start_of_finer(before, coarse_guide, scale_guide, scale, refinement)
            if scale_mask is not None:
                start = torch.where(scale_mask > 0, start, scale_guide)

        def noise(step: int, scale: Scale = scale) -> Tensor:
            return canvas_noise(
                seed,
                step + scale.halvings * _NOISE_INDICES_PER_SCALE,
                x >> scale.halvings,
                y >> scale.halvings,
                scale.width,
                scale.height,
                channels,
                guide.device,
            ).expand(batch, -1, -1, -1)

        states = sdedit(
            denoiser_at(scale),
            start,
            scale.sigmas,
            noise,
            mask=scale_mask,
            repeats=repeats if index == 0 else 1,
            sampler=sampler,
        )
        is_last = index == len(scales) - 1
        for state in states:
            is_result = is_last and state.step == state.of
            yield ScaleState(
                done_steps + state.step,
                sum(counts),
                min(1.0, (done_work + works[index] * state.step / state.of) / sum(works)),
                state.x if is_result else _preview(state.x0, scale_guide, scale_mask),
            )
            before = state.x
        coarse_guide = scale_guide
        done_steps += counts[index]
        done_work += works[index]


def _may_change(mask: Tensor | None, scale: Scale) -> Tensor | None:
    """The mask at a scale: 1 wherever any of its pixels may change, else 0."""
    if mask is None:
        return None
    return F.adaptive_max_pool2d((mask > 0).float()[None], (scale.height, scale.width))[0]


def _start_of_finer(
    before: Tensor,
    coarse_guide: Tensor,
    scale_guide: Tensor,
    scale: Scale,
    refinement: Refinement,
) -> Tensor:
    """The coarse result enlarged, plus the guide's own finer detail as far as noise spares it."""
    size = scale.height, scale.width
    variance = refinement.detail**2
    share = variance / (variance + float(scale.sigmas[0]) ** 2)
    return resized(before, *size) + share * (scale_guide - resized(coarse_guide, *size))


def _preview(x0: Tensor, guide: Tensor, mask: Tensor | None) -> Tensor:
    return x0 if mask is None else torch.where(mask > 0, x0, guide)
