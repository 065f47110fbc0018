"""A VP model through the VE samplers: the same law as the VP SDE, in places the same steps."""

from __future__ import annotations

import math

import pytest
import torch

from backend.sdedit.denoisers import TimestepDenoiser
from backend.sdedit.edit import sdedit
from backend.sdedit.noise import CanvasNoise
from backend.sdedit.released import released_sigmas
from backend.sdedit.samplers import SAMPLERS, SDE_SAMPLERS, sample_ancestral, sample_em
from backend.sdedit.schedules import log_uniform_sigmas
from backend.sdedit.vp_schedules import (
    DiscreteVPSchedule,
    SubVPSchedule,
    VPSchedule,
    cosine_betas,
    linear_betas,
)

from .gaussian import GaussianDenoiser, exact_law, sampled_law
from .gaussian_networks import MEAN, VARIANCE, prediction_of, timestep_network

LINEAR = DiscreteVPSchedule(linear_betas())
SCHEDULES = {
    "vp": VPSchedule(),
    "sub-vp": SubVPSchedule(),
    "ddpm-linear": LINEAR,
    "ddpm-cosine": DiscreteVPSchedule(cosine_betas()),
}
schedules = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())
VARIANCES = torch.tensor([0.05, 0.25, 0.5, 2], dtype=torch.float64) ** 2


def chain_at(i: int) -> tuple[float, float, float]:
    """beta, alpha² and the last alpha² of the DDPM at timestep i, by products of its own."""
    alpha_squared = math.prod(1 - beta for beta in LINEAR.betas[: i + 1])
    return LINEAR.betas[i], alpha_squared, alpha_squared / (1 - LINEAR.betas[i])


def one_step(sampler, i: int, y: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """The VE sampler's step from timestep i to i - 1."""
    sigmas = torch.tensor([LINEAR.sigma_at(i), LINEAR.sigma_at(i - 1), 0.0], dtype=torch.float64)
    denoiser = TimestepDenoiser(timestep_network("epsilon", LINEAR), LINEAR)
    return next(sampler(denoiser, y, sigmas, lambda _: z)).x


def pictures() -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.randn(2, 1, 3, 4, 4, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("i", [1, 17, 400, 999])
def test_ddpms_own_step_is_the_ancestral_step_to_rounding(i):
    """x' = (x - β / sigma_x epsilon) / √(1 - β) + √(β (1 - alpha'²) / (1 - alpha²)) z."""
    beta, alpha2, alpha2_next = chain_at(i)
    y, z = pictures()
    x = math.sqrt(alpha2) * y
    epsilon = prediction_of("epsilon", x, math.sqrt(alpha2), math.sqrt(1 - alpha2))
    mean = (x - beta / math.sqrt(1 - alpha2) * epsilon) / math.sqrt(1 - beta)
    expected = mean + math.sqrt(beta * (1 - alpha2_next) / (1 - alpha2)) * z

    step = one_step(sample_ancestral, i, y, z) * math.sqrt(alpha2_next)

    torch.testing.assert_close(step, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("i", [1, 17, 400, 999])
def test_the_papers_vp_step_is_its_ve_step_with_less_noise_by_the_root_of_one_minus_beta(i):
    """x' = (x + β score) / √(1 - β) + √β z: what divides the picture does not divide the noise."""
    beta, alpha2, alpha2_next = chain_at(i)
    y, z = pictures()
    x = math.sqrt(alpha2) * y
    score = prediction_of("score", x, math.sqrt(alpha2), math.sqrt(1 - alpha2))
    expected = (x + beta * score) / math.sqrt(1 - beta) + math.sqrt(beta) * z

    step = one_step(sample_em, i, y, z * math.sqrt(1 - beta)) * math.sqrt(alpha2_next)

    torch.testing.assert_close(step, expected, rtol=1e-9, atol=1e-9)


def vp_em_law(schedule: VPSchedule, t0: float, steps: int) -> tuple[float, float]:
    """What fine Euler–Maruyama steps of the reverse VP or sub-VP SDE, in x, make of a guide.

    Data of MEAN and VARIANCE; the answer is the mean's factor of guide - MEAN, and the variance.
    x stays Gaussian, so its mean and variance are all there is to follow.
    """
    s_min = schedule.s_min
    h = t0 * (1 - s_min) / steps
    mean, variance = schedule.alpha(t0), (schedule.alpha(t0) * schedule.sigma(t0)) ** 2
    for i in range(steps):
        t = t0 * (1 - i / steps)
        s = s_min + t * (1 - s_min)
        beta = schedule.beta_min + s * (schedule.beta_max - schedule.beta_min)
        alpha = schedule.alpha(t)
        diffusion = beta * (1 - alpha**4) if isinstance(schedule, SubVPSchedule) else beta
        # dx = (-½ β x - g² score) ds + g dw backwards, with score = -x / density here.
        density = alpha**2 * VARIANCE + (alpha * schedule.sigma(t)) ** 2
        factor = 1 + h * (beta / 2 - diffusion / density)
        mean, variance = factor * mean, factor**2 * variance + diffusion * h
    alpha, sigma = schedule.alpha(0), schedule.sigma(0)
    last = VARIANCE / (VARIANCE + sigma**2) / alpha  # the denoised mean
    return last * mean, last**2 * variance


@pytest.mark.parametrize("schedule", [VPSchedule(), SubVPSchedule()], ids=["vp", "sub-vp"])
@pytest.mark.parametrize("t0", [0.2, 0.5])
def test_the_reverse_vp_sde_in_its_own_form_has_the_ve_forms_exact_law(schedule, t0):
    exact = exact_law(torch.tensor(VARIANCE), schedule.sigma(t0), schedule.sigma_min)

    errors = []
    for steps in (4000, 8000):
        mean, variance = vp_em_law(schedule, t0, steps)
        errors.append((mean / exact.mean.item() - 1, variance / exact.variance.item() - 1))
        assert max(map(abs, errors[-1])) < 0.03

    for coarse, fine in zip(*errors, strict=True):  # and what is left is the steps'
        assert fine == pytest.approx(coarse / 2, rel=0.1, abs=2e-5)


@schedules
@pytest.mark.parametrize("sampler", SDE_SAMPLERS)
def test_every_sde_sampler_tends_to_sdedits_law_on_every_schedule(sampler, schedule):
    sigmas = log_uniform_sigmas(schedule, 0.5, 2000)
    exact = exact_law(VARIANCES, schedule.sigma(0.5), schedule.sigma_min)

    law = sampled_law(SDE_SAMPLERS[sampler], sigmas, VARIANCES)

    assert (law.mean / exact.mean - 1).abs().max() < 1e-9
    assert (law.variance / exact.variance - 1).abs().max() < 0.01


@schedules
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_through_its_network_a_vp_model_edits_as_the_denoiser_it_stands_for(sampler, schedule):
    guide = torch.linspace(-1, 1, 60, dtype=torch.float64).reshape(1, 3, 4, 5)
    sigmas = log_uniform_sigmas(schedule, 0.4321, 6)
    noise, mask = CanvasNoise(3, 0, 0, 5, 4), torch.tensor([0.0, 1, 1, 1, 0]).expand(4, 5)
    network = TimestepDenoiser(timestep_network("epsilon", schedule), schedule)

    for state, other in zip(
        sdedit(network, guide, sigmas, noise, mask=mask, sampler=sampler),
        sdedit(GaussianDenoiser(VARIANCE, MEAN), guide, sigmas, noise, mask=mask, sampler=sampler),
        strict=True,
    ):
        torch.testing.assert_close(state.x, other.x, rtol=0, atol=1e-7)


def test_the_released_programs_levels_are_the_chains():
    sigmas = released_sigmas(LINEAR, 400)

    assert len(sigmas) == 401
    assert sigmas[0].item() == pytest.approx(LINEAR.sigma(399 / 999), rel=1e-9)
    assert sigmas[-2].item() == pytest.approx(math.sqrt(1e-4 / (1 - 1e-4)), rel=1e-12)
