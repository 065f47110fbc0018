"""t0 painted as a map: exact at 0, a mask where it has two values, and smooth between."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.sdedit.edit import sdedit
from backend.sdedit.noise import CanvasNoise
from backend.sdedit.samplers import ODE_SAMPLERS, SAMPLERS, SDE_SAMPLERS
from backend.sdedit.schedules import VESchedule, log_uniform_sigmas, t_uniform_sigmas
from backend.sdedit.t0_maps import hold_until_release, release_levels
from backend.sdedit.vp_schedules import (
    DiscreteVPSchedule,
    SubVPSchedule,
    VPSchedule,
    cosine_betas,
    linear_betas,
)

from .gaussian import GaussianDenoiser, Law, exact_law, exact_ode_law

SCHEDULE = VESchedule(0.02, 20)
VP_SCHEDULES = [
    VPSchedule(),
    DiscreteVPSchedule(linear_betas()),
    DiscreteVPSchedule(cosine_betas()),
]
T0 = 0.5
VARIANCE = torch.tensor(0.25, dtype=torch.float64)
DENOISER = GaussianDenoiser(0.25, mean=-0.2)
GREYS = torch.linspace(0.002, 0.998, 500, dtype=torch.float64)

samplers = pytest.mark.parametrize("sampler", SAMPLERS)


def noise_for(picture: torch.Tensor) -> CanvasNoise:
    return CanvasNoise(seed=1, x=0, y=0, width=picture.shape[-1], height=picture.shape[-2])


def law_of_greys(sampler: str, steps: int, greys: torch.Tensor = GREYS) -> Law:
    """What the sampler makes of a guide under a ramp of greys, read off one run to rounding.

    Row 0 of the batch is a guide of 1 without noise, row 1 + i has noise(i) alone.
    """
    sigmas = t_uniform_sigmas(SCHEDULE, T0, steps)
    guide = torch.zeros(steps + 1, 1, 1, len(greys), dtype=torch.float64)
    guide[0] = 1
    of_ode = sampler in ODE_SAMPLERS

    def noise(step: int) -> torch.Tensor:
        z = torch.zeros(steps + 1, 1, 1, 1, dtype=torch.float64)
        z[1 + (0 if of_ode else step)] = 1
        return z

    release = release_levels(SCHEDULE, T0, greys[None])
    constrain = hold_until_release(guide, release, sigmas, noise, of_ode=of_ode)
    x = guide + sigmas[0] * noise(0)
    *_, last = SAMPLERS[sampler](GaussianDenoiser(0.25), x, sigmas, noise, constrain)
    mean, *noises = last.x[:, 0, 0]
    return Law(mean, torch.stack(noises).square().sum(0))


def exact_law_of_greys(sampler: str, greys: torch.Tensor = GREYS) -> Law:
    """Each grey's own SDEdit, from its own t0."""
    law = exact_ode_law if sampler in ODE_SAMPLERS else exact_law
    laws = [law(VARIANCE, SCHEDULE.sigma(T0 * grey), SCHEDULE.sigma_min) for grey in greys.tolist()]
    return Law(*(torch.stack([getattr(each, of) for each in laws]) for of in ("mean", "variance")))


@samplers
@pytest.mark.parametrize("repeats", [1, 2])
def test_a_map_of_black_and_white_is_the_mask_to_the_bit(sampler, repeats):
    guide = torch.linspace(-1, 1, 240).reshape(1, 3, 8, 10)
    mask = (torch.arange(80).reshape(8, 10) % 3 > 0).float()
    sigmas = t_uniform_sigmas(SCHEDULE, T0, 7)
    request = {"repeats": repeats, "sampler": sampler}

    for state, other in zip(
        sdedit(
            DENOISER,
            guide,
            sigmas,
            noise_for(guide),
            release=release_levels(SCHEDULE, T0, mask),
            **request,
        ),
        sdedit(DENOISER, guide, sigmas, noise_for(guide), mask=mask, **request),
        strict=True,
    ):
        assert torch.equal(state.x, other.x)
        assert torch.equal(state.x0, other.x0)


@samplers
@settings(deadline=None)  # a busy machine may take its time
@given(
    greys=st.lists(st.floats(0, 1, width=32), min_size=12, max_size=12),
    steps=st.integers(1, 6),
    t0=st.floats(0, 1, exclude_min=True),
)
def test_where_the_map_is_black_the_result_is_the_guides_bits(sampler, greys, steps, t0):
    guide = torch.linspace(-1, 1, 36).reshape(1, 3, 3, 4)
    guide[0, 0, 0, 0] = -0.0
    t0_map = torch.tensor(greys).reshape(3, 4)
    t0_map[0, 0] = t0_map[2, 1] = 0

    *_, last = sdedit(
        DENOISER,
        guide,
        t_uniform_sigmas(SCHEDULE, t0, steps),
        noise_for(guide),
        release=release_levels(SCHEDULE, t0, t0_map),
        repeats=2,
        sampler=sampler,
    )

    black = t0_map == 0
    kept, same = last.x[..., black], guide[..., black]
    assert torch.equal(kept.view(torch.int32), same.view(torch.int32))
    assert bool(last.x.isfinite().all())


@samplers
def test_each_grey_gets_nearly_the_law_of_its_own_t0(sampler):
    exact, law = exact_law_of_greys(sampler), law_of_greys(sampler, 20)

    assert (law.mean - exact.mean).abs().max() < 0.011
    # Euler–Maruyama's excess and the ancestral sampler's lack are their own, with or without maps.
    most = {"em": 0.02, "ancestral": 0.04, "ode": 0.003}.get(sampler, 0.009)
    assert (law.variance.sqrt() - exact.variance.sqrt()).abs().max() < most


@samplers
def test_with_many_steps_each_grey_has_the_law_of_its_own_t0(sampler):
    few = GREYS[::25]
    exact, law = exact_law_of_greys(sampler, few), law_of_greys(sampler, 400, few)

    assert (law.mean - exact.mean).abs().max() < 1e-4
    assert (law.variance.sqrt() - exact.variance.sqrt()).abs().max() < 3e-3


@samplers
def test_a_smooth_map_gives_no_terraces(sampler):
    """Rounded to the schedule's levels, 20 steps would jump by 0.09 in mean and 0.04 in spread."""
    exact, law = exact_law_of_greys(sampler), law_of_greys(sampler, 20)

    def largest_jump(values: torch.Tensor) -> float:
        return values.diff().abs().max().item()

    assert largest_jump(law.mean) < 1.3 * largest_jump(exact.mean) < 0.005
    assert largest_jump(law.variance.sqrt()) < 1.3 * largest_jump(exact.variance.sqrt()) < 0.003


@pytest.mark.parametrize("sampler", SDE_SAMPLERS)
def test_real_noise_under_a_flat_grey_gives_the_law_that_was_read_off(sampler):
    guide = torch.full((1, 3, 128, 128), 0.6)
    grey = GREYS[300].item()
    law = law_of_greys(sampler, 10)

    *_, last = sdedit(
        DENOISER,
        guide,
        t_uniform_sigmas(SCHEDULE, T0, 10),
        noise_for(guide),
        release=release_levels(SCHEDULE, T0, torch.full((128, 128), grey)),
        sampler=sampler,
    )

    x, n = last.x.double(), last.x.numel()
    mean, variance = -0.2 + 0.8 * law.mean[300].item(), law.variance[300].item()
    assert x.mean().item() == pytest.approx(mean, abs=5 * math.sqrt(variance / n))
    assert x.var().item() == pytest.approx(variance, rel=5 * math.sqrt(2 / n))


@samplers
def test_a_held_pixel_is_the_guide_at_the_level_of_the_rest(sampler):
    guide = torch.full((1, 3, 96, 96), 0.5)
    sigmas = t_uniform_sigmas(SCHEDULE, T0, 12)
    release = torch.full((96, 96), sigmas[8].item())

    states = list(
        sdedit(DENOISER, guide, sigmas, noise_for(guide), release=release, sampler=sampler)
    )

    for state in states[:8]:
        n = (state.x - guide) / state.sigma
        assert n.mean().item() == pytest.approx(0, abs=5 / math.sqrt(n.numel()))
        assert n.var().item() == pytest.approx(1, rel=5 * math.sqrt(2 / n.numel()))
    assert (states[8].x - guide).std() > 1.2 * states[8].sigma  # and the next step frees it


@samplers
def test_the_step_that_releases_a_pixel_is_the_samplers_own_from_the_release_on(sampler):
    """With D held at 0 a step from level `release` leaves (sigma' / release)² of the guide, and
    noise of the whole level sigma'; the ODE leaves sigma' / release, and its first noise."""
    sigmas = torch.tensor([0.8, 0.5, 0.0], dtype=torch.float64)
    release = torch.tensor([[0.55, 0.6, 0.7, 0.79]], dtype=torch.float64)
    unit = torch.eye(3, dtype=torch.float64).reshape(3, 3, 1, 1, 1)  # guide, noise(0), noise(1)
    of_ode = sampler in ODE_SAMPLERS

    def noise(step):
        return unit[1 if of_ode else 1 + step]

    guide = unit[0].expand(3, 1, 1, 4)
    constrain = hold_until_release(guide, release, sigmas, noise, of_ode=of_ode)
    x = guide + 0.8 * noise(0)

    first = next(SAMPLERS[sampler](lambda x, _: 0 * x, x, sigmas, noise, constrain))

    of_guide, *of_noise = first.x[:, 0, 0]
    torch.testing.assert_close(of_guide, (0.5 / release[0]) ** (1 if of_ode else 2))
    spread = torch.stack(of_noise).square().sum(0).sqrt()
    if sampler == "em":  # adds too much, and the less the later it is released
        assert bool((spread > 0.5).all())
        assert bool((spread.diff() > 0).all())
    else:
        torch.testing.assert_close(spread, torch.full_like(spread, 0.5))


def test_a_repeat_holds_what_it_began_with():
    """A grey pixel's second repeat starts from the first one's result, not from the guide."""
    guide = torch.full((1, 3, 4, 4), 0.9)
    sigmas = t_uniform_sigmas(SCHEDULE, T0, 5)
    release = release_levels(SCHEDULE, T0, torch.full((4, 4), 0.6))
    noise = noise_for(guide)

    *_, first = sdedit(DENOISER, guide, sigmas, noise, release=release)
    *_, second = sdedit(DENOISER, first.x, sigmas, lambda k: noise(5 + k), release=release)
    *_, both = sdedit(DENOISER, guide, sigmas, noise, release=release, repeats=2)

    assert torch.equal(both.x, second.x)


def test_holding_reads_nothing_back_from_the_device():
    """A meta tensor holds no data: any look at a value, which would wait for a GPU, raises."""
    x = torch.empty(1, 3, 4, 5, device="meta")
    sigmas = t_uniform_sigmas(SCHEDULE, 0.5, 5)
    constrain = hold_until_release(x, torch.ones(4, 5), sigmas, lambda _: x)

    for sampler in SAMPLERS.values():
        for state in sampler(DENOISER, x, sigmas, lambda _: x, constrain):
            assert state.x.device.type == "meta"


def test_levels_at_the_ends_of_the_map_are_never_and_from_the_start():
    levels = release_levels(SCHEDULE, T0, torch.tensor([[0.0, -0.0, 1e-30, 0.5, 1.0]]))

    assert levels[0, [0, 1, 4]].tolist() == [0, 0, math.inf]
    assert levels[0, 2].item() == pytest.approx(SCHEDULE.sigma_min, rel=1e-6)
    assert levels[0, 3].item() == pytest.approx(SCHEDULE.sigma(0.25), rel=1e-6)


@pytest.mark.parametrize("t0", [0.01, 0.3, 1.0])
def test_levels_of_a_ve_schedule_are_exact_for_every_grey(t0):
    exact = torch.tensor([SCHEDULE.sigma(t0 * grey) for grey in GREYS.tolist()])

    torch.testing.assert_close(release_levels(SCHEDULE, t0, GREYS), exact, rtol=1e-6, atol=0)


@pytest.mark.parametrize("schedule", VP_SCHEDULES)
@pytest.mark.parametrize("t0", [0.01, 0.3, 0.6])
def test_levels_of_a_vp_schedule_are_within_a_third_of_a_percent(schedule, t0):
    exact = torch.tensor([schedule.sigma(t0 * grey) for grey in GREYS.tolist()])
    off = (release_levels(schedule, t0, GREYS) / exact - 1).abs()

    assert off.max() < 0.02
    assert bool((off[exact > 2 * schedule.sigma_min] < 0.003).all())


@pytest.mark.parametrize("sampler", SDE_SAMPLERS)
@pytest.mark.parametrize("schedule", [*VP_SCHEDULES, SubVPSchedule()])
def test_a_map_scales_t0_on_vp_schedules_too(sampler, schedule):
    guide = torch.linspace(-1, 1, 48).reshape(1, 3, 4, 4)
    sigmas = log_uniform_sigmas(schedule, T0, 6)
    half = release_levels(schedule, T0, torch.full((4, 4), 0.5))

    *_, last = sdedit(DENOISER, guide, sigmas, noise_for(guide), release=half, sampler=sampler)
    *_, free = sdedit(DENOISER, guide, sigmas, noise_for(guide), sampler=sampler)

    assert (last.x - guide).std() < (free.x - guide).std()


@pytest.mark.parametrize("value", [-0.01, 1.01, math.nan, math.inf])
def test_a_map_outside_zero_to_one_is_refused(value):
    with pytest.raises(ValueError, match=r"^t0_map has values outside its range of 0 to 1"):
        release_levels(SCHEDULE, T0, torch.tensor([[0.5, value]]))


@pytest.mark.parametrize("t0", [0.0, 1.5, math.nan])
def test_a_t0_outside_its_range_is_refused(t0):
    with pytest.raises(ValueError, match=r"^t0 is .*, but must be above 0 and at most 1\.$"):
        release_levels(SCHEDULE, t0, torch.ones(2, 2))
