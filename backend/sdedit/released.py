"""ermongroup/SDEdit's released program as it is, for comparison with it.

It is for DDPMs that predict epsilon. Beside the paper's algorithm, and beside `sdedit`:
- it takes every whole timestep below T, each with the smaller of DDPM's two variances: that is
  `sample_ancestral` on the levels of `released_sigmas`;
- its mask is 1 = keep;
- one noise serves a whole repeat's kept region, and that is written at the level the step came
  from, one too noisy. So its kept pixels end with noise of sigma_min (0.01, 1.3 / 255), and they
  count as unchanged for the next repeat all the same.

It works on the VP picture x, with tables in float32, whose rounding shows: it puts the result
1.5e-5 from the same run in float64, ten times as far as float32 must.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from .denoisers import Network
from .masks import check_fits, check_unit_range
from .noise import Noise
from .samplers import State
from .vp_schedules import DiscreteVPSchedule


def released_sigmas(schedule: DiscreteVPSchedule, timesteps: int) -> Tensor:
    """The levels of timesteps T - 1 … 0, then 0: T evaluations; (T + 1,) float64."""
    _check_timesteps(schedule, timesteps)
    positive = [schedule.sigma_at(i) for i in reversed(range(timesteps))]
    return torch.tensor([*positive, 0.0], dtype=torch.float64)


def sdedit_released(
    network: Network,
    guide: Tensor,
    schedule: DiscreteVPSchedule,
    noise: Noise,
    *,
    timesteps: int = 400,
    keep: Tensor | None = None,
    repeats: int = 3,
) -> Iterator[State]:
    """The released program's run: its ``--t`` is `timesteps`, its ``--sample_step`` is `repeats`.

    network: ``network(x, timestep) -> epsilon``; guide: (B, C, H, W) in [-1, 1]; keep: its mask,
    (H, W) or broadcastable to the guide, 1 = keep. What is not quite 1 may change.

    ``noise(k)`` is asked in the program's own order of draws: one for the repeat's first noising,
    then one for each step. It draws one for the last step too, which counts but is never asked.

    The states' x are what the program holds, alpha (x0 + sigma z). The last one is its result,
    noise in the kept pixels included. Raises ValueError at once for a wrong shape or range.
    """
    _check_timesteps(schedule, timesteps)
    if keep is not None:
        check_fits("keep", keep, guide)
        check_unit_range("keep", keep)
    if repeats < 1:
        raise ValueError(f"repeats is {repeats}, but must be 1 or more.")
    return _run(network, guide, schedule, noise, timesteps, keep, repeats)


@torch.no_grad()
def _run(
    network: Network,
    guide: Tensor,
    schedule: DiscreteVPSchedule,
    noise: Noise,
    timesteps: int,
    keep: Tensor | None,
    repeats: int,
) -> Iterator[State]:
    betas = torch.tensor(schedule.betas, dtype=torch.float32)
    alphas2 = (1 - betas).cumprod(0)
    of_epsilon = (betas / (1 - alphas2).sqrt()).tolist()
    of_mean = (1 / (1 - betas).sqrt()).tolist()
    of_x0, of_noise = alphas2.sqrt().tolist(), (1 - alphas2).sqrt().tolist()
    sigmas = released_sigmas(schedule, timesteps).tolist()
    kept = torch.zeros((), dtype=torch.bool) if keep is None else keep == 1
    kept = kept.to(guide.device)
    result = guide
    for repeat in range(repeats):
        first = repeat * (timesteps + 1)
        e = noise(first)
        x = of_x0[timesteps - 1] * result + of_noise[timesteps - 1] * e
        for step, i in enumerate(reversed(range(timesteps)), start=1):
            epsilon = network(x, torch.full((len(x),), float(i), dtype=x.dtype, device=x.device))
            x0 = (x - of_noise[i] * epsilon) / of_x0[i]
            x = of_mean[i] * (x - of_epsilon[i] * epsilon)
            if i > 0:
                x = x + _posterior_std(schedule, i) * noise(first + step)
            x = torch.where(kept, of_x0[i] * guide + of_noise[i] * e, x)
            done = repeat * timesteps + step
            yield State(done, repeats * timesteps, sigmas[step], x, x0)
        result = torch.where(kept, guide, x)


def _posterior_std(schedule: DiscreteVPSchedule, i: int) -> float:
    """Of q(x' | x, x0) in the step from timestep i: "fixedsmall". In float64, as there."""
    sigma, sigma_next = schedule.sigma_at(i), schedule.sigma_at(i - 1)
    # β (1 - alpha'²) / (1 - alpha²), where 1 - alpha² = sigma² / (1 + sigma²)
    ratio = (sigma_next / sigma) ** 2 * (1 + sigma**2) / (1 + sigma_next**2)
    return math.sqrt(schedule.betas[i] * ratio)


def _check_timesteps(schedule: DiscreteVPSchedule, timesteps: int) -> None:
    if not 1 <= timesteps <= schedule.timesteps:
        raise ValueError(
            f"timesteps is {timesteps}, but must be 1 to the model's {schedule.timesteps}."
        )
