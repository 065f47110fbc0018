"""Several t0 of one guide in one batch: each picture is what it would be alone."""

from __future__ import annotations

import math

import pytest
import torch

from backend.sdedit.coarse_to_fine import sdedit_coarse_to_fine
from backend.sdedit.denoisers import TimestepDenoiser
from backend.sdedit.edit import sdedit
from backend.sdedit.samplers import SAMPLERS
from backend.sdedit.scales import Scale, plan_scales
from backend.sdedit.schedules import (
    Schedule,
    VESchedule,
    levels,
    log_uniform_sigmas,
    per_step,
    t_uniform_sigmas,
)
from backend.sdedit.t0_maps import release_levels
from backend.sdedit.vp_schedules import (
    DiscreteVPSchedule,
    SubVPSchedule,
    VPSchedule,
    linear_betas,
)

from .gaussian import GaussianDenoiser
from .gaussian_networks import timestep_network

SCHEDULE = VESchedule(0.01, 20)
T0S = (1e-17, 0.25, 0.45, 0.65, 1.0)
STEPS = 6

samplers = pytest.mark.parametrize("sampler", SAMPLERS)


def gaussian(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """Exact for Gaussian data; told one sigma, or one for each picture."""
    return GaussianDenoiser(0.25, mean=-0.2)(x, sigma.reshape(-1, 1, 1, 1))


def picture(height: int, width: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.rand((1, 3, height, width), generator=generator, dtype=torch.float64) * 2 - 1


def noise(step: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(step)
    return torch.randn((1, 3, 9, 11), generator=generator, dtype=torch.float64)


def held(how: str, t0: float) -> dict[str, torch.Tensor]:
    ramp = torch.linspace(0, 1, 9 * 11).reshape(9, 11)
    if how == "soft mask":
        return {"mask": ramp}
    if how == "hard mask":
        return {"mask": (ramp > 0.4).float()}
    if how == "t0 map":
        return {"release": release_levels(SCHEDULE, t0, ramp)}
    return {}


@samplers
@pytest.mark.parametrize("how", ["nothing", "hard mask", "soft mask", "t0 map"])
def test_every_sampler_makes_of_each_t0_what_it_makes_of_it_alone(sampler, how):
    guide = picture(9, 11)
    grids = [t_uniform_sigmas(SCHEDULE, t0, STEPS) for t0 in T0S]
    options = held(how, T0S[0])
    if how == "t0 map":
        options["release"] = torch.stack([held(how, t0)["release"] for t0 in T0S])[:, None]

    *_, strip = sdedit(
        gaussian, guide, torch.stack(grids, 1), noise, sampler=sampler, repeats=2, **options
    )

    for result, t0, sigmas in zip(strip.x, T0S, grids, strict=True):
        *_, alone = sdedit(
            gaussian, guide, sigmas, noise, sampler=sampler, repeats=2, **held(how, t0)
        )
        assert torch.allclose(result, alone.x[0], rtol=0, atol=1e-12)
    assert (strip.x[0] - guide).abs().max() < 1  # at t0 -> 0 only sigma_min is added
    assert (strip.x[-1] - strip.x[1]).abs().mean() > 0.05


@samplers
@pytest.mark.parametrize(
    "schedule", [VPSchedule(), SubVPSchedule(), DiscreteVPSchedule(linear_betas())]
)
def test_so_do_the_timesteps_of_vp_models(sampler, schedule: Schedule):
    denoiser = TimestepDenoiser(timestep_network("epsilon", schedule), schedule)
    guide = picture(9, 11)
    grids = [log_uniform_sigmas(schedule, t0, STEPS) for t0 in (0.1, 0.4, 0.8)]

    *_, strip = sdedit(denoiser, guide, torch.stack(grids, 1), noise, sampler=sampler)

    for result, sigmas in zip(strip.x, grids, strict=True):
        *_, alone = sdedit(denoiser, guide, sigmas, noise, sampler=sampler)
        assert torch.allclose(result, alone.x[0], rtol=0, atol=1e-9)


def test_each_step_is_one_evaluation_of_all_pictures_at_their_own_levels():
    told = []

    def denoiser(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        told.append((len(x), sigma.tolist()))
        return gaussian(x, sigma)

    sigmas = torch.stack([t_uniform_sigmas(SCHEDULE, t0, STEPS) for t0 in T0S], 1)
    for _ in sdedit(denoiser, picture(9, 11), sigmas, noise):
        pass

    assert told == [(len(T0S), pytest.approx(row.tolist())) for row in sigmas[:-1]]


def edit_in_scales(t0, scales: int, **options) -> torch.Tensor:
    guide = picture(40, 50).float()
    plan = plan_scales(40, 50, 40 >> (scales - 1), SCHEDULE, t0, STEPS)
    assert len(plan) == scales

    def at(_scale: Scale):
        return gaussian

    *_, last = sdedit_coarse_to_fine(at, guide, plan, seeds=[7], x=3, y=-2, multiple=8, **options)
    return last.x0


@pytest.mark.parametrize("scales", [1, 2, 3])
@pytest.mark.parametrize("sampler", ["sde-dpmpp-2m", "ode"])
@pytest.mark.parametrize("how", ["nothing", "soft mask", "t0 map"])
def test_a_strip_is_made_coarse_to_fine_like_its_pictures(scales, sampler, how):
    ramp = torch.linspace(0, 1, 40 * 50).reshape(40, 50)
    grey = torch.where(ramp < 0.2, 0, ramp)
    t0s = (0.1, 0.4, 0.7)

    def options(t0: float) -> dict[str, torch.Tensor]:
        if how == "nothing":
            return {}
        return {"mask": grey} if how == "soft mask" else {"release": release(t0)}

    def release(t0: float) -> torch.Tensor:
        return release_levels(SCHEDULE, t0, grey)

    of_all = options(t0s[0])
    if how == "t0 map":
        of_all["release"] = torch.stack([release(t0) for t0 in t0s])[:, None]
    strip = edit_in_scales(t0s, scales, sampler=sampler, **of_all)

    for result, t0 in zip(strip, t0s, strict=True):
        alone = edit_in_scales(t0, scales, sampler=sampler, **options(t0))
        assert torch.allclose(result, alone[0], rtol=0, atol=2e-6)
    if how != "nothing":
        kept = picture(40, 50).float()[..., grey == 0]
        assert torch.equal(strip[..., grey == 0], kept.expand(3, -1, -1))


def test_one_schedule_for_all_stays_plain_numbers():
    """So an ordinary edit's loop multiplies by floats, and the device waits for nothing."""
    sigmas = t_uniform_sigmas(SCHEDULE, 0.5, STEPS)
    seen = []

    def denoiser(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        seen.append(sigma.ndim)
        return gaussian(x, sigma)

    states = list(sdedit(denoiser, picture(9, 11), sigmas, noise))

    assert seen == [0] * STEPS
    assert [state.sigma for state in states] == sigmas[1:].tolist()
    assert all(type(number) is float for number in per_step(sigmas, picture(1, 1)))


def test_schedules_that_do_not_fit_their_pictures_are_refused():
    one = t_uniform_sigmas(SCHEDULE, 0.5, STEPS)
    two, three = torch.stack([one] * 2, 1), torch.stack([one] * 3, 1)
    with pytest.raises(ValueError, match="sigmas has 2 schedules"):
        sdedit(gaussian, picture(9, 11).expand(3, -1, -1, -1), two, noise)
    with pytest.raises(ValueError, match="noise has shape"):
        next(sdedit(gaussian, picture(9, 11), three, lambda k: noise(k).expand(2, -1, -1, -1)))
    rising = two.clone()
    rising[2, 1] = math.inf
    for wrong in (rising, two[:, :0], two[None], two[:1]):
        with pytest.raises(ValueError, match=r"^sigmas "):
            levels(wrong)
