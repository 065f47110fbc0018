"""The scales of an edit: their sizes and noise levels, and pictures and masks at these sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from .schedules import Grid, Schedule, t_uniform_sigmas

AnyTensor = TypeVar("AnyTensor", Tensor, Optional[Tensor])


@dataclass(frozen=True)
class Refinement:
    """How the finer scales are made.

    sigma_most: the noise level a finer scale starts from at most, for the first, second, … scale
        after the coarsest (the last value goes on). On held-out landscapes 128 px and then 256 px
        from 0.3 looked better than 256 px alone.
    steps_share: a finer scale's evaluations as a share of the coarsest one's.
    detail: standard deviation of the guide's own detail that a finer scale starts from. What the
        coarse result cannot hold is kept by detail² / (detail² + sigma0²), the share that SDEdit
        keeps of a guide on Gaussian data of that deviation: nearly all of it at a small t0.
    """

    sigma_most: Sequence[float] = (0.3, 0.2, 0.15)
    steps_share: float = 0.5
    detail: float = 0.1


DEFAULT_REFINEMENT = Refinement()


@dataclass(frozen=True, eq=False)
class Scale:
    """One scale: the picture at 2^-halvings of its size, edited from noise level sigmas[0].

    halvings is negative where a small picture is enlarged. sigmas: (N + 1,) or, for several t0,
    (N + 1, B).
    """

    halvings: int
    height: int
    width: int
    sigmas: Tensor

    @property
    def steps(self) -> int:
        return len(self.sigmas) - 1

    @property
    def count(self) -> int:
        """Of pictures that have a schedule of their own."""
        return 1 if self.sigmas.ndim == 1 else self.sigmas.shape[1]

    @property
    def pixels(self) -> int:
        """What an evaluation here costs a fully convolutional network, in its own unit."""
        return self.height * self.width


def plan_scales(
    height: int,
    width: int,
    native_px: int,
    schedule: Schedule,
    t0: float | Sequence[float],
    steps: int,
    refinement: Refinement = DEFAULT_REFINEMENT,
    *,
    grid: Grid = t_uniform_sigmas,
    is_enlarged: bool = False,
) -> list[Scale]:
    """The scales of an edit, coarsest first; the last one has the picture's own size.

    t0: one, or that of each picture. is_enlarged: a picture below native_px / √2 has one scale,
    2, 4, … times its size. Their sizes and numbers of evaluations do not depend on t0. Raises
    ValueError if t0 is outside (0, 1] or steps below 1.
    """
    halvings = round(math.log2(min(height, width) / native_px))
    least = min(0, halvings) if is_enlarged else 0
    scales = []
    for index, k in enumerate(range(max(halvings, least), least - 1, -1)):
        most, level_steps = math.inf, steps
        if index > 0:
            sigma = refinement.sigma_most[min(index, len(refinement.sigma_most)) - 1]
            most, level_steps = schedule.t(sigma), max(1, round(steps * refinement.steps_share))
        size = max(1, round(height / 2**k)), max(1, round(width / 2**k))
        if isinstance(t0, Sequence):
            grids = [grid(schedule, min(each, most), level_steps) for each in t0]
            sigmas = torch.stack(grids, dim=1)
        else:
            sigmas = grid(schedule, min(t0, most), level_steps)
        scales.append(Scale(k, *size, sigmas))
    return scales


def resized(x: Tensor, height: int, width: int) -> Tensor:
    """x (B, C, H, W) at another size: antialiased when smaller, bicubic when larger."""
    if x.shape[-2:] == (height, width):
        return x
    mode = "bicubic" if height > x.shape[-2] else "bilinear"
    # torch 2.6 has neither of these for Apple's GPUs; the CPU computes for them.
    place = torch.device("cpu") if x.device.type == "mps" else x.device
    y = F.interpolate(x.to(place), size=(height, width), mode=mode, antialias=True)
    return y.to(x.device)


def greatest(values: AnyTensor, scale: Scale, device: torch.device) -> AnyTensor:
    """(…, H, W) values at a scale, each pixel the greatest of those it covers."""
    if values is None:
        return values
    # On the CPU: torch 2.13 pools wrongly on Apple's GPUs where the sizes do not divide.
    each = values.cpu().reshape(-1, *values.shape[-2:])
    pooled = F.adaptive_max_pool2d(each, (scale.height, scale.width))
    return pooled.reshape(*values.shape[:-2], scale.height, scale.width).to(device)
