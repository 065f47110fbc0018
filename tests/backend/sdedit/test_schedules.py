from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.sdedit.schedules import (
    VESchedule,
    karras_sigmas,
    levels,
    log_uniform_sigmas,
    t_uniform_sigmas,
)
from backend.sdedit.vp_schedules import (
    DiscreteVPSchedule,
    SubVPSchedule,
    VPSchedule,
    cosine_betas,
    linear_betas,
)

GRIDS = [t_uniform_sigmas, log_uniform_sigmas, karras_sigmas]
SCHEDULE = VESchedule(0.01, 348)
SCHEDULES = {
    "ve": SCHEDULE,
    "vp": VPSchedule(),
    "sub-vp": SubVPSchedule(),
    "ddpm-linear": DiscreteVPSchedule(linear_betas()),
    "ddpm-cosine": DiscreteVPSchedule(cosine_betas()),
}
schedules = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())
t0s = st.floats(0, 1, exclude_min=True)


@schedules
@pytest.mark.parametrize("grid", GRIDS)
@given(t0=t0s, steps=st.integers(1, 60))
def test_every_t0_gets_exactly_steps_evaluations_and_starts_at_its_own_sigma(
    grid, schedule, t0, steps
):
    sigmas = grid(schedule, t0, steps)

    assert sigmas.dtype == torch.float64
    assert sigmas.shape == (steps + 1,)
    assert sigmas[0].item() == schedule.sigma(t0)  # to the last bit: t0 is never rounded
    assert sigmas[-1].item() == 0
    if steps > 1:
        assert sigmas[-2].item() == schedule.sigma_min
    levels(sigmas)  # never rises


@schedules
@pytest.mark.parametrize("grid", GRIDS)
def test_levels_fall_strictly_at_any_t0_an_artist_can_choose(grid, schedule):
    for t0 in (0.001, 0.3, 0.45, 1.0):
        assert bool((grid(schedule, t0, 50).diff() < 0).all())


@pytest.mark.parametrize("grid", GRIDS)
def test_rounding_carries_no_level_below_sigma_min(grid):
    for sigma_min in (thousandth / 1000 for thousandth in range(1, 100)):
        sigmas = grid(VESchedule(sigma_min, 348), 1e-20, 10)

        assert sigmas[:-1].tolist() == [sigma_min] * 10


def test_t_uniform_levels_are_equal_ratios_apart():
    sigmas = t_uniform_sigmas(SCHEDULE, 0.5, 20)
    ratios = sigmas[1:-1] / sigmas[:-2]  # 19 of them, before the 0

    torch.testing.assert_close(ratios, ratios[:1].expand(19), rtol=1e-12, atol=0)


@schedules
def test_log_uniform_levels_are_equal_ratios_apart_on_any_schedule(schedule):
    sigmas = log_uniform_sigmas(schedule, 0.5, 20)
    ratios = sigmas[1:-1] / sigmas[:-2]

    torch.testing.assert_close(ratios, ratios[:1].expand(19), rtol=1e-12, atol=0)


def test_on_a_ve_schedule_uniform_in_t_and_in_log_sigma_are_one():
    for t0 in (0.001, 0.3, 1.0):
        torch.testing.assert_close(
            t_uniform_sigmas(SCHEDULE, t0, 20),
            log_uniform_sigmas(SCHEDULE, t0, 20),
            rtol=1e-12,
            atol=0,
        )


def test_karras_levels_are_equal_distances_of_the_seventh_root_apart():
    roots = karras_sigmas(SCHEDULE, 0.5, 20)[:-1] ** (1 / 7)

    torch.testing.assert_close(roots.diff(), roots.diff()[:1].expand(19), rtol=1e-12, atol=0)


@schedules
@given(t=st.floats(0, 1))
def test_t_is_the_inverse_of_sigma(schedule, t):
    assert schedule.t(schedule.sigma(t)) == pytest.approx(t, abs=1e-12)


@schedules
@given(t=st.floats(0, 1), later=st.floats(0, 1))
def test_noise_grows_with_t_between_the_schedules_ends(schedule, t, later):
    t, later = sorted((t, later))

    assert schedule.sigma_min == schedule.sigma(0)
    assert schedule.sigma_max == pytest.approx(schedule.sigma(1), rel=1e-15)
    assert schedule.sigma_min <= schedule.sigma(t) <= schedule.sigma(later)
    assert schedule.sigma(later) <= schedule.sigma_max * (1 + 1e-15)


def test_a_scaled_schedule_is_the_same_noise_on_larger_data():
    doubled = SCHEDULE.scaled(2)

    assert (doubled.sigma_min, doubled.sigma_max) == (0.02, 696)
    assert doubled.sigma(0.4) == pytest.approx(2 * SCHEDULE.sigma(0.4), rel=1e-15)


def test_sigma_runs_from_sigma_min_to_sigma_max_geometrically():
    assert SCHEDULE.sigma(0) == 0.01
    assert SCHEDULE.sigma(1) == pytest.approx(348, rel=1e-15)
    assert SCHEDULE.sigma(0.5) == pytest.approx(math.sqrt(0.01 * 348), rel=1e-15)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("t0", [0.0, -0.1, 1.0000001, math.nan, math.inf])
def test_a_t0_outside_its_range_is_refused(grid, t0):
    with pytest.raises(ValueError, match=r"^t0 is .*, but must be above 0 and at most 1\.$"):
        grid(SCHEDULE, t0, 20)


@pytest.mark.parametrize("grid", GRIDS)
def test_fewer_than_one_step_is_refused(grid):
    with pytest.raises(ValueError, match=r"^steps is 0, but must be 1 or more\.$"):
        grid(SCHEDULE, 0.5, 0)


@pytest.mark.parametrize(
    ("sigma_min", "sigma_max", "field"),
    [
        (0, 1, "sigma_min"),
        (-1, 1, "sigma_min"),
        (math.nan, 1, "sigma_min"),
        (math.inf, math.inf, "sigma_min"),
        (1, 1, "sigma_max"),
        (1, math.nan, "sigma_max"),
        (1, math.inf, "sigma_max"),
    ],
)
def test_a_schedule_without_a_range_is_refused(sigma_min, sigma_max, field):
    with pytest.raises(ValueError, match=f"^{field} is .*, but must be above"):
        VESchedule(sigma_min, sigma_max)


@pytest.mark.parametrize(
    "sigmas",
    [
        [],
        [0.0],
        [[1.0, 0.0]],
        [1.0, 0.5],
        [1.0, 0.0, 0.0],
        [1.0, 2.0, 0.0],
        [math.inf, 0.0],
        [math.nan, 0.0],
        [1.0, math.nan, 0.0],
        [1.0, -1.0],
    ],
)
def test_levels_refuse_what_is_not_a_schedule(sigmas):
    with pytest.raises(ValueError, match=r"^sigmas .*, but must be"):
        levels(torch.tensor(sigmas))
