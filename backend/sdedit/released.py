"""ermongroup/SDEdit's released program as it is, for the sake of comparison with it.

It is for DDPMs. Beside the paper's algorithm, and beside `sdedit`, it differs in this:
- it takes every whole timestep below T, each with the smaller of DDPM's two variances;
- its mask is 1 = keep;
- one noise serves a whole repeat's kept region, and that is written at the level the step came
  from, one too noisy. So its kept pixels end with noise of sigma_min (0.01, 1.3 / 255), and they
  count as unchanged for the next repeat all the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from .denoisers import Denoiser
from .masks import check_mask
from .noise import Noise
from .samplers import State, sample_ancestral
from .vp_schedules import DiscreteVPSchedule


def released_sigmas(schedule: DiscreteVPSchedule, timesteps: int) -> Tensor:
    """The levels of timesteps T - 1 … 0, then 0: T evaluations; (T + 1,) float64."""
    if not 1 <= timesteps <= schedule.timesteps:
        raise ValueError(
            f"timesteps is {timesteps}, but must be 1 to the model's {schedule.timesteps}."
        )
    positive = [schedule.sigma_at(i) for i in reversed(range(timesteps))]
    return torch.tensor([*positive, 0.0], dtype=torch.float64)


def sdedit_released(
    denoiser: Denoiser,
    guide: Tensor,
    schedule: DiscreteVPSchedule,
    noise: Noise,
    *,
    timesteps: int = 400,
    keep: Tensor | None = None,
    repeats: int = 3,
) -> Iterator[State]:
    """The released program's run: its ``--t`` is `timesteps`, its ``--sample_step`` is `repeats`.

    denoiser: a `TimestepDenoiser` of epsilon with whole_timesteps; guide: (B, C, H, W) in [-1, 1];
    keep: (H, W) or broadcastable to the guide, 1 = keep, its mask. What is not quite 1 may change.

    ``noise(k)`` is asked in the program's own order of draws: one for the repeat's first noising,
    then one for each step. It draws one for the last step too, which counts but is never asked.

    The states' x are at VE scale: what the program holds is x / √(1 + sigma²). The last one is its
    result, noise in the kept pixels included.
    """
    sigmas = released_sigmas(schedule, timesteps)
    if keep is not None:
        check_mask(keep, guide)
    if repeats < 1:
        raise ValueError(f"repeats is {repeats}, but must be 1 or more.")
    return _run(denoiser, guide, sigmas, noise, keep, repeats)


def _run(
    denoiser: Denoiser,
    guide: Tensor,
    sigmas: Tensor,
    noise: Noise,
    keep: Tensor | None,
    repeats: int,
) -> Iterator[State]:
    levels: list[float] = sigmas.tolist()
    steps = len(levels) - 1
    kept = torch.zeros((), dtype=torch.bool) if keep is None else keep == 1
    kept = kept.to(guide.device)
    result = guide
    for repeat in range(repeats):
        first = repeat * (steps + 1)
        e = noise(first)

        def draw(step: int, first: int = first) -> Tensor:
            return noise(first + step)

        def one_level_late(x: Tensor, sigma: float, step: int, e: Tensor = e) -> Tensor:
            late = levels[step - 1]
            scale = math.sqrt((1 + sigma**2) / (1 + late**2))  # alpha is the late level's too
            return torch.where(kept, scale * (guide + late * e), x)

        for state in sample_ancestral(
            denoiser, result + levels[0] * e, sigmas, draw, one_level_late
        ):
            yield replace(state, step=repeat * steps + state.step, of=repeats * steps)
        result = torch.where(kept, guide, state.x)
