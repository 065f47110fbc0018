"""A t0 for every pixel: a grey map scales t0, and a mask is the map with two values.

Until the noise has fallen to sigma(t0 · map) a pixel is held, as a mask holds it: it is the guide
noised to the level of the rest. From there on it changes freely.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .masks import check_fits, check_unit_range
from .noise import Noise
from .samplers import Constrain
from .schedules import Level, Schedule, check_t0, is_zero, per_step

_KNOTS = 1024


def release_levels(schedule: Schedule, t0: float, t0_map: Tensor) -> Tensor:
    """The noise level at which each pixel is let go: sigma(t0 · map), of the map's shape.

    t0_map: in [0, 1]. Where it is 0 the level is 0: never. Where it is 1 it is infinite: free from
    the start. In between it is read off 1025 exact values, log sigma on straight lines: exact for
    a VE schedule, and at t0 up to 0.6 within 0.3 % for a VP one (2 % below twice its sigma_min).

    The levels belong to no grid, so those of a whole picture also serve its finer scales, which
    start lower. Raises ValueError for a t0 outside (0, 1] and for a map outside [0, 1] or NaN.
    """
    check_t0(t0)
    check_unit_range("t0_map", t0_map)
    exact = [math.log(schedule.sigma(t0 * i / _KNOTS)) for i in range(_KNOTS + 1)]
    logs = torch.tensor(exact, dtype=torch.float32, device=t0_map.device)
    place = t0_map.float() * _KNOTS
    knot = place.long().clamp(max=_KNOTS - 1)
    level = torch.lerp(logs[knot], logs[knot + 1], place - knot).exp()
    level = torch.where(t0_map == 1, math.inf, level)
    return torch.where(t0_map == 0, 0.0, level)


def check_release(release: Tensor, guide: Tensor) -> None:
    """Raise ValueError unless the levels fit the guide and none is negative or NaN."""
    check_fits("release", release, guide)
    if not bool((release >= 0).all()):
        raise ValueError("release has values that are no noise level; they must be 0 or more.")


def hold_until_release(
    guide: Tensor, release: Tensor, sigmas: Tensor, noise: Noise, *, of_ode: bool = False
) -> Constrain:
    """After each step, pixels not yet released are the guide noised to the new level.

    release: `release_levels`. Where they are 0 the result is the guide's very bits, and with no
    levels but 0 and infinity this is `keep_guide`, to the bit.

    A level between two of the schedule's is not rounded to one of them. In the step from sigma to
    sigma' during which a pixel is released, it has been free from `release` only; by the sampler's
    own formula it then is the guide moved by a share of the way that the whole step would have
    moved it, (1 - (sigma' / release)²) / (1 - (sigma' / sigma)²), with noise of the whole level
    sigma'. (For the ODE the same without squares, and with its one noise.) So a smooth map gives a
    smooth change, not as many terraces as there are steps.

    Until then its noise is the one it would have if D were the guide, r n + √(1 - r²) z with
    r = sigma' / sigma, and not new each step, so that a multistep solver finds it steady.
    """
    release = release.to(guide)
    never, inverse = release == 0, release.reciprocal()
    power = 1 if of_ode else 2
    ratios = sigmas[1:] / sigmas[:-1]
    ratio, fresh = per_step(ratios, guide), per_step((1 - ratios**2).sqrt(), guide)
    # 0 between two equal levels
    whole = per_step((1 - ratios**power).clamp(min=1e-30), guide)
    n, n_step = noise(0), 0

    def constrain(x: Tensor, sigma: Level, step: int) -> Tensor:
        nonlocal n, n_step
        if is_zero(sigma):
            return torch.where(never, guide, x)
        z = noise(step)
        if step != n_step:  # a step corrected is not a step more
            n, n_step = z if of_ode else ratio[step - 1] * n + fresh[step - 1] * z, step
        share = ((1 - (sigma * inverse) ** power) / whole[step - 1]).clamp(0, 1)
        x = torch.lerp(guide + sigma * n, x, share)
        return torch.where(never, guide + sigma * z, x)

    return constrain
