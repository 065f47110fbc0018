"""The samplers against SDEdit's exact law on Gaussian data: no chance, no tolerance for noise."""

from __future__ import annotations

import pytest
import torch

from backend.sdedit.samplers import (
    SDE_SAMPLERS,
    sample_ancestral,
    sample_em,
    sample_ode,
    sample_sde_dpmpp_2m,
    sample_sde_dpmpp_2m_corrected,
)
from backend.sdedit.schedules import VESchedule, karras_sigmas, t_uniform_sigmas

from .gaussian import PICTURE, exact_law, exact_ode_law, relative_w2, sampled_law

CHURCH = VESchedule(0.01, 348)  # score_sde's VE models of 256² pixels
LANDSCAPE = VESchedule(0.01, 20)  # the range our own models are trained on
VARIANCES = torch.tensor([0.05, 0.25, 0.5, 2], dtype=torch.float64) ** 2

samplers = pytest.mark.parametrize("sampler", SDE_SAMPLERS.values(), ids=SDE_SAMPLERS.keys())


def variance_error(sampler, t0: float, steps: int) -> torch.Tensor:
    sigmas = t_uniform_sigmas(CHURCH, t0, steps)
    exact = exact_law(VARIANCES, CHURCH.sigma(t0), CHURCH.sigma_min)
    return sampled_law(sampler, sigmas, VARIANCES).variance / exact.variance - 1


def w2(sampler, schedule: VESchedule, t0: float, steps: int, grid=t_uniform_sigmas) -> float:
    law = sampled_law(sampler, grid(schedule, t0, steps), PICTURE)
    return relative_w2(law, exact_law(PICTURE, schedule.sigma(t0)))


@samplers
@pytest.mark.parametrize("grid", [t_uniform_sigmas, karras_sigmas])
@pytest.mark.parametrize("t0", [0.05, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("steps", [1, 2, 5, 20, 100])
def test_the_mean_is_exact_on_any_grid(sampler, grid, t0, steps):
    """D's expectation is constant along the exact mean path, so every step's error is nil."""
    law = sampled_law(sampler, grid(CHURCH, t0, steps), VARIANCES)
    exact = exact_law(VARIANCES, CHURCH.sigma(t0))

    assert (law.mean / exact.mean - 1).abs().max() < 1e-12


@samplers
def test_the_variance_tends_to_the_exact_law(sampler):
    assert variance_error(sampler, 0.5, 2000).abs().max() < 3e-3


@pytest.mark.parametrize(("steps", "factor"), [(5, 3.28), (20, 1.30), (100, 1.05), (500, 1.01)])
def test_the_papers_sampler_has_too_much_variance_by_a_known_factor(steps, factor):
    """For data of std 0.25 from t0 = 0.5; `steps` noisy steps and the denoised mean after them."""
    sigmas = t_uniform_sigmas(CHURCH, 0.5, steps + 1)
    variance = torch.tensor([0.25**2], dtype=torch.float64)
    exact = exact_law(variance, CHURCH.sigma(0.5))

    ratio = sampled_law(sample_em, sigmas, variance).variance / exact.variance

    assert ratio.item() == pytest.approx(factor, abs=0.006)


@pytest.mark.parametrize(
    ("sampler", "order"), [(sample_em, 1), (sample_ancestral, 1), (sample_sde_dpmpp_2m, 2)]
)
@pytest.mark.parametrize("t0", [0.5, 0.8, 1.0])
def test_the_variance_converges_with_the_order_of_the_solver(sampler, order, t0):
    ratio = variance_error(sampler, t0, 641) / variance_error(sampler, t0, 1281)

    torch.testing.assert_close(ratio.log2(), torch.full_like(ratio, order), rtol=0, atol=0.06)


@pytest.mark.parametrize("t0", [0.5, 0.8, 1.0])
def test_correcting_each_step_leaves_less_than_a_fifth_of_the_error(t0):
    corrected = variance_error(sample_sde_dpmpp_2m_corrected, t0, 641).abs().max()

    assert corrected < variance_error(sample_sde_dpmpp_2m, t0, 641).abs().max() / 5


@pytest.mark.parametrize("schedule", [CHURCH, LANDSCAPE], ids=["sigma_max 348", "sigma_max 20"])
@pytest.mark.parametrize("t0", [0.3, 0.45, 0.5, 0.6])
@pytest.mark.parametrize("steps", [15, 20])
def test_correcting_is_no_worse_from_fifteen_evaluations_on(schedule, t0, steps):
    plain, corrected = (
        w2(sampler, schedule, t0, steps)
        for sampler in (sample_sde_dpmpp_2m, sample_sde_dpmpp_2m_corrected)
    )

    assert corrected < plain


@pytest.mark.parametrize("t0", [0.05, 0.3, 0.5, 1.0])
def test_the_ode_tends_to_its_own_law_with_second_order(t0):
    """It keeps √k of the guide's error, with the variance k sigma0²."""
    exact = exact_ode_law(VARIANCES, CHURCH.sigma(t0), CHURCH.sigma_min)

    def error(steps: int) -> tuple[torch.Tensor, torch.Tensor]:
        law = sampled_law(sample_ode, t_uniform_sigmas(CHURCH, t0, steps), VARIANCES)
        return law.mean / exact.mean - 1, law.variance / exact.variance - 1

    for coarse, fine in zip(error(641), error(1281), strict=True):
        assert fine.abs().max() < 1e-3
        torch.testing.assert_close(
            (coarse / fine).log2(), torch.full_like(fine, 2), rtol=0, atol=0.06
        )


@pytest.mark.parametrize("schedule", [CHURCH, LANDSCAPE], ids=["sigma_max 348", "sigma_max 20"])
@pytest.mark.parametrize("t0", [0.45, 0.5, 0.6])
def test_twenty_evaluations_of_dpmpp_beat_twenty_and_match_a_hundred_of_euler(schedule, t0):
    fast = w2(sample_sde_dpmpp_2m, schedule, t0, 20)

    assert fast < w2(sample_em, schedule, t0, 20) / 8
    assert fast < w2(sample_em, schedule, t0, 100)
    assert fast < 0.013


@pytest.mark.parametrize("t0", [0.3, 0.45, 0.5, 0.6])
def test_fifteen_evaluations_are_within_three_percent_of_the_exact_law(t0):
    assert w2(sample_sde_dpmpp_2m, CHURCH, t0, 15) < 0.03


@pytest.mark.parametrize("t0", [0.45, 0.5, 0.6])
def test_the_t_uniform_grid_suits_dpmpp_better_than_karras_grid(t0):
    uniform, karras = (
        w2(sample_sde_dpmpp_2m, CHURCH, t0, 10, grid) for grid in (t_uniform_sigmas, karras_sigmas)
    )

    assert uniform < karras
