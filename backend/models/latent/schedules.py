"""From a latent model's description to its schedule, and to the grid its solver likes."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from backend.models.latent.flow import FlowSchedule
from backend.sdedit.schedules import Grid, Schedule, check_t0, log_uniform_sigmas
from backend.sdedit.vp_schedules import DiscreteVPSchedule, cosine_betas, linear_betas

_LEAST_ALPHA_SQUARED = 2.0**-24
"""What stands for a terminal SNR of 0: sigma 4096 in place of infinity, as in diffusers."""


def schedule_of(sde: dict[str, Any]) -> FlowSchedule | DiscreteVPSchedule:
    """The schedule that model.json describes (`latent_description`)."""
    if sde["kind"] == "flow":
        return FlowSchedule(sde["shift"], sde["timesteps"])
    count, first, last = sde["timesteps"], sde["beta_start"], sde["beta_end"]
    if sde["betas"] == "linear":
        betas = linear_betas(count, first, last)
    elif sde["betas"] == "scaled_linear":
        betas = scaled_linear_betas(count, first, last)
    else:
        betas = cosine_betas(count)
    return DiscreteVPSchedule(with_zero_snr(betas) if sde["zero_snr"] else betas)


def grid_of(schedule: Schedule, few_steps: bool) -> Grid:
    """Distilled networks know few timesteps, and a flow has no noise level below which all is done.

    For the others see `log_uniform_sigmas`.
    """
    is_trailing = few_steps or isinstance(schedule, FlowSchedule)
    return trailing_sigmas if is_trailing else log_uniform_sigmas


def trailing_sigmas(schedule: Schedule, t0: float, steps: int) -> Tensor:
    """Levels at t0, t0 (1 - 1/steps), …, t0 / steps, then 0: (steps + 1,) float64.

    The timesteps that Turbo and LCM were distilled at ("trailing" in Lin et al. 2024, table 2): no
    evaluation is spent where next to no noise is left. Raises ValueError if t0 is outside (0, 1]
    or steps below 1.
    """
    check_t0(t0)
    if steps < 1:
        raise ValueError(f"steps is {steps}, but must be 1 or more.")
    positive = (schedule.sigma(t0 * (1 - i / steps)) for i in range(steps))
    return torch.tensor([*accumulate(positive, min), 0.0], dtype=torch.float64)


def scaled_linear_betas(count: int, first: float, last: float) -> tuple[float, ...]:
    """β whose roots are at equal distances (Rombach et al. 2022): Stable Diffusion's."""
    roots = torch.linspace(math.sqrt(first), math.sqrt(last), count, dtype=torch.float64)
    return tuple((roots**2).tolist())


def with_zero_snr(betas: tuple[float, ...]) -> tuple[float, ...]:
    """The same β stretched so that the last timestep is noise alone (Lin et al. 2024, algorithm 1).

    Its alpha² is 2^-24 and not 0, so that x / alpha exists.
    """
    alphas = [math.sqrt(product) for product in accumulate((1 - b for b in betas), float.__mul__)]
    first, last = alphas[0], alphas[-1]
    stretched = [(alpha - last) * first / (first - last) for alpha in alphas]
    squared = [max(alpha**2, _LEAST_ALPHA_SQUARED) for alpha in stretched]
    return tuple(1 - after / before for before, after in zip([1.0, *squared], squared))
