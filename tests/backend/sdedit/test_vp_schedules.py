"""VP and sub-VP schedules against their SDEs, solved on their own, and against the DDPM chain."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.sdedit.vp_schedules import (
    DiscreteVPSchedule,
    SubVPSchedule,
    VPSchedule,
    cosine_betas,
    linear_betas,
)

LINEAR = DiscreteVPSchedule(linear_betas())
COSINE = DiscreteVPSchedule(cosine_betas())
CONTINUOUS = [VPSchedule(), VPSchedule(0.5, 0.5), SubVPSchedule()]
ALL = [*CONTINUOUS, LINEAR, COSINE]
chains = pytest.mark.parametrize("chain", [LINEAR, COSINE], ids=["linear", "cosine"])


def solved(schedule: VPSchedule, t: float, steps: int = 2000) -> tuple[float, float]:
    """alpha and sigma_x at t, by Runge and Kutta from the SDE's own drift and diffusion."""
    end = schedule.s_min + t * (1 - schedule.s_min)
    of_sub_vp = isinstance(schedule, SubVPSchedule)

    def slope(s: float, state: tuple[float, float, float]) -> tuple[float, float, float]:
        alpha, variance, integral = state
        beta = schedule.beta_min + s * (schedule.beta_max - schedule.beta_min)
        diffusion = beta * -math.expm1(-2 * integral) if of_sub_vp else beta
        return -beta / 2 * alpha, -beta * variance + diffusion, beta

    state, h = (1.0, 0.0, 0.0), end / steps
    for i in range(steps):
        s = i * h
        k1 = slope(s, state)
        k2 = slope(s + h / 2, tuple(v + h / 2 * k for v, k in zip(state, k1, strict=True)))
        k3 = slope(s + h / 2, tuple(v + h / 2 * k for v, k in zip(state, k2, strict=True)))
        k4 = slope(s + h, tuple(v + h * k for v, k in zip(state, k3, strict=True)))
        state = tuple(
            v + h / 6 * (a + 2 * b + 2 * c + d)
            for v, a, b, c, d in zip(state, k1, k2, k3, k4, strict=True)
        )
    return state[0], math.sqrt(state[1])


@pytest.mark.parametrize("schedule", CONTINUOUS)
@pytest.mark.parametrize("t", [0.0, 0.1, 0.5, 1.0])
def test_alpha_and_sigma_solve_the_sde(schedule, t):
    alpha, sigma_x = solved(schedule, t)

    assert schedule.alpha(t) == pytest.approx(alpha, rel=1e-8)
    assert schedule.sigma(t) * schedule.alpha(t) == pytest.approx(sigma_x, rel=1e-8)


@chains
@pytest.mark.parametrize("timestep", [0, 1, 399, 998, 999])
def test_a_whole_timestep_has_the_chains_own_law(chain, timestep):
    """alpha² is the product of all 1 - β so far, and alpha² + sigma_x² is 1."""
    product = math.prod(1 - beta for beta in chain.betas[: timestep + 1])
    t = timestep / 999
    alpha, sigma_x = chain.alpha(t), chain.alpha(t) * chain.sigma(t)

    assert alpha**2 == pytest.approx(product, rel=1e-10)
    assert alpha**2 + sigma_x**2 == pytest.approx(1, rel=1e-12)
    assert chain.sigma(t) == pytest.approx(chain.sigma_at(timestep), rel=1e-9)


@chains
@given(timestep=st.integers(0, 998), share=st.floats(0, 1))
def test_between_two_timesteps_the_chains_beta_is_constant(chain, timestep, share):
    def log_alpha_squared(timestep):
        return -math.log1p(chain.sigma(timestep / 999) ** 2)

    low, high = log_alpha_squared(timestep), log_alpha_squared(timestep + 1)
    middle = log_alpha_squared(timestep + share)

    assert middle == pytest.approx(low + share * (high - low), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("schedule", ALL)
@given(t=st.floats(0, 1))
def test_alpha_of_sigma_is_alpha_of_t(schedule, t):
    sigma = torch.tensor([schedule.sigma(t)], dtype=torch.float64)

    assert schedule.alpha_of(sigma).item() == pytest.approx(schedule.alpha(t), rel=1e-14)


@pytest.mark.parametrize("schedule", [VPSchedule(), VPSchedule(0.5, 0.5), LINEAR, COSINE])
@given(t=st.floats(0, 1))
def test_a_vp_model_preserves_unit_variance(schedule, t):
    alpha = schedule.alpha(t)

    assert alpha**2 * (1 + schedule.sigma(t) ** 2) == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize("schedule", ALL)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_timestep_is_told_as_exactly_as_the_precision_allows(schedule, dtype):
    t = torch.linspace(0, 1, 333, dtype=torch.float64)
    sigmas = torch.tensor([schedule.sigma(each) for each in t.tolist()], dtype=dtype)
    expected = t
    if isinstance(schedule, VPSchedule):
        expected = schedule.s_min + t * (1 - schedule.s_min)

    timesteps = schedule.timestep_of(sigmas)

    assert timesteps.dtype == dtype
    off = (timesteps.double() / (schedule.timesteps - 1) - expected).abs().max().item()
    assert off < (2e-6 if dtype == torch.float32 else 1e-12)


@pytest.mark.parametrize("schedule", ALL)
def test_levels_beyond_the_models_count_as_its_nearest_timestep(schedule):
    low, high = schedule.timestep_of(torch.tensor([schedule.sigma_min / 9, schedule.sigma_max * 9]))
    ends = schedule.timestep_of(torch.tensor([schedule.sigma_min, schedule.sigma_max]))

    torch.testing.assert_close(torch.stack([low, high]), ends, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("schedule", ALL)
def test_telling_the_network_its_level_reads_nothing_back_from_the_device(schedule):
    """A meta tensor holds no data: any look at a value, which would wait for a GPU, raises."""
    sigma = torch.empty((), device="meta")

    assert schedule.timestep_of(sigma).device.type == "meta"
    assert schedule.alpha_of(sigma).device.type == "meta"


@pytest.mark.parametrize("t", [0.1, 0.4, 0.9])
def test_the_continuous_schedule_is_the_limit_of_ever_longer_chains(t):
    """N steps from 0.1 / N to 20 / N; DDPM's own chain is the one of 1000 (Song et al. 2021)."""

    def error(count: int) -> float:
        chain = DiscreteVPSchedule(linear_betas(count, 0.1 / count, 20 / count))
        return chain.sigma(s_min + t * (1 - s_min)) / exact - 1

    s_min, exact = VPSchedule().s_min, VPSchedule().sigma(t)

    assert linear_betas(1000, 0.1 / 1000, 20 / 1000) == linear_betas()
    assert abs(error(1000)) < 0.04
    assert abs(error(30_000)) < abs(error(1000)) / 20


def test_a_cosine_schedule_falls_as_the_squared_cosine_it_is_named_after():
    for timestep in (0, 250, 500, 900):
        angles = [(i / 1000 + 0.008) / 1.008 * math.pi / 2 for i in (0, timestep + 1)]
        start, now = (math.cos(angle) ** 2 for angle in angles)
        assert COSINE.alpha(timestep / 999) ** 2 == pytest.approx(now / start, rel=1e-10)
    assert max(cosine_betas()) == 0.999


def test_two_schedules_of_one_table_are_equal():
    assert DiscreteVPSchedule(linear_betas()) == LINEAR
    assert hash(DiscreteVPSchedule(linear_betas())) == hash(LINEAR)
    assert LINEAR != COSINE


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"beta_min": 0}, "beta_min is 0, but must be above 0 and finite"),
        ({"beta_min": math.nan}, "beta_min is nan, but"),
        ({"beta_max": 0.05}, r"beta_max is 0.05, but must be at least beta_min \(0.1\) and finite"),
        ({"beta_max": math.inf}, "beta_max is inf, but"),
        ({"s_min": 0}, "s_min is 0, but must be above 0 and below 1"),
        ({"s_min": math.nan}, "s_min is nan, but"),
        ({"timesteps": 1}, "timesteps is 1, but must be 2 or more"),
    ],
)
@pytest.mark.parametrize("kind", [VPSchedule, SubVPSchedule])
def test_a_schedule_without_noise_is_refused(kind, change, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        kind(**change)


@pytest.mark.parametrize(
    ("betas", "sentence"),
    [
        ((), "betas has 0 values, but must have 2 or more"),
        ((0.1,), "betas has 1 values, but"),
        ((0.1, 0.0), r"betas\[1\] is 0.0, but must be above 0 and below 1"),
        ((1.0, 0.1), r"betas\[0\] is 1.0, but"),
        ((0.1, math.nan), r"betas\[1\] is nan, but"),
    ],
)
def test_a_table_that_is_no_chain_is_refused(betas, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        DiscreteVPSchedule(betas)
