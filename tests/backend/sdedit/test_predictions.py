"""Whatever a network predicts, and whatever it is told of the noise, its denoiser is the same."""

from __future__ import annotations

import pytest
import torch

from backend.sdedit.denoisers import (
    SigmaDenoiser,
    TimestepDenoiser,
    UnitRangeDenoiser,
    with_class,
)
from backend.sdedit.predictions import X0_FROM
from backend.sdedit.schedules import VESchedule
from backend.sdedit.vp_schedules import (
    DiscreteVPSchedule,
    SubVPSchedule,
    VPSchedule,
    cosine_betas,
    linear_betas,
)

from .gaussian import GaussianDenoiser
from .gaussian_networks import MEAN, VARIANCE, sigma_network, timestep_network

EXACT = GaussianDenoiser(VARIANCE, MEAN)
SCHEDULES = {
    "vp": VPSchedule(),
    "sub-vp": SubVPSchedule(),
    "ddpm-linear": DiscreteVPSchedule(linear_betas()),
    "ddpm-cosine": DiscreteVPSchedule(cosine_betas()),
}
LINEAR = SCHEDULES["ddpm-linear"]

predictions = pytest.mark.parametrize("prediction", X0_FROM)
schedules = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())
precisions = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def noisy_pictures(sigmas: list[float], dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """One picture for each level, with its noise, and the levels (B,)."""
    generator = torch.Generator().manual_seed(1)
    x0, z = torch.randn(2, len(sigmas), 3, 4, 5, generator=generator, dtype=torch.float64)
    levels = torch.tensor(sigmas, dtype=torch.float64)
    x = MEAN + VARIANCE**0.5 * x0 + levels.reshape(-1, 1, 1, 1) * z
    return x.to(dtype), levels.to(dtype)


@schedules
@predictions
def test_every_prediction_of_a_vp_network_gives_the_exact_denoiser(prediction, schedule):
    x, sigma = noisy_pictures([schedule.sigma(t) for t in (0, 0.1, 0.4567, 0.9)], torch.float64)

    x0 = TimestepDenoiser(timestep_network(prediction, schedule), schedule, prediction)(x, sigma)

    torch.testing.assert_close(x0, EXACT(x, sigma.reshape(-1, 1, 1, 1)), rtol=0, atol=1e-8)


@predictions
def test_every_prediction_of_a_ve_network_gives_the_exact_denoiser(prediction):
    x, sigma = noisy_pictures([0.01, 0.3, 5.0, 348.0], torch.float64)

    x0 = SigmaDenoiser(sigma_network(prediction), prediction)(x, sigma)

    torch.testing.assert_close(x0, EXACT(x, sigma.reshape(-1, 1, 1, 1)), rtol=0, atol=1e-10)


@schedules
@predictions
def test_in_float32_all_predictions_agree_to_a_millionth_of_the_noise(prediction, schedule):
    """All but x0 take the difference of two numbers as large as x, which costs its last bits."""
    levels = [schedule.sigma(t) for t in (0, 0.1, 0.4567)]
    x, sigma = noisy_pictures(levels, torch.float32)

    x0 = TimestepDenoiser(timestep_network(prediction, schedule), schedule, prediction)(x, sigma)

    off = (x0 - EXACT(x, sigma.reshape(-1, 1, 1, 1))).abs().amax(dim=(1, 2, 3))
    assert x0.dtype == torch.float32
    assert bool((off < 1e-6 * (1 + 5 * sigma)).all())


@precisions
def test_one_level_serves_the_whole_batch_and_each_picture_may_have_its_own(dtype):
    denoisers = [
        SigmaDenoiser(sigma_network("score")),
        TimestepDenoiser(timestep_network("epsilon", LINEAR), LINEAR),
        UnitRangeDenoiser(SigmaDenoiser(sigma_network("score"))),
    ]
    x, sigma = noisy_pictures([0.5, 0.5], dtype)
    for denoiser in denoisers:
        together = denoiser(x, sigma)
        assert torch.equal(denoiser(x, sigma[0]), together)
        for i in range(2):
            alone = denoiser(x[i : i + 1], sigma[i : i + 1])
            torch.testing.assert_close(alone, together[i : i + 1], rtol=1e-6, atol=1e-6)


def test_the_network_sees_alpha_x_and_the_unrounded_timestep():
    seen = []

    def network(x, timestep):
        seen.append((x, timestep))
        return x

    x = torch.ones(2, 3, 4, 4, dtype=torch.float64)
    t = 399.25 / 999
    TimestepDenoiser(network, LINEAR)(x, torch.tensor(LINEAR.sigma(t), dtype=torch.float64))

    ((shown, timestep),) = seen
    assert timestep.tolist() == pytest.approx([399.25] * 2, rel=1e-12)
    torch.testing.assert_close(shown, LINEAR.alpha(t) * x, rtol=1e-12, atol=0)


@pytest.mark.parametrize("place", [399.25, 399.0, 398.75])
def test_a_network_of_whole_timesteps_is_told_the_nearest(place):
    seen = []

    def network(x, timestep):
        seen.append(timestep)
        return 0.5 * x

    x, sigma = torch.ones(1, 3, 4, 4), torch.tensor(LINEAR.sigma(place / 999))
    x0 = TimestepDenoiser(network, LINEAR, whole_timesteps=True)(x, sigma)

    assert seen[0].tolist() == [399.0]
    alpha = LINEAR.alpha(place / 999)  # the picture's own level stays exact
    torch.testing.assert_close(x0, x - sigma * 0.5 * alpha * x)


@pytest.mark.parametrize("kind", ["sigma", "timestep"])
def test_the_first_half_of_a_networks_channels_is_the_prediction(kind):
    def learned_variance(network):
        def wider(x, level):
            output = network(x, level)
            return torch.cat([output, torch.full_like(output, torch.nan)], dim=1)

        return wider

    x, sigma = noisy_pictures([0.3, 2.0], torch.float64)
    if kind == "sigma":
        wrap, network = SigmaDenoiser, sigma_network("score")
    else:
        network = timestep_network("epsilon", LINEAR)

        def wrap(network):
            return TimestepDenoiser(network, LINEAR)

    assert torch.equal(wrap(learned_variance(network))(x, sigma), wrap(network)(x, sigma))


@pytest.mark.parametrize("channels", [1, 4, 9])
def test_a_network_of_other_channels_is_refused(channels):
    denoiser = TimestepDenoiser(lambda x, _: x[:, :1].expand(-1, channels, -1, -1), LINEAR)

    with pytest.raises(ValueError, match=rf"^the network has {channels} output channels, but must"):
        denoiser(torch.ones(1, 3, 4, 4), torch.tensor(0.5))


def test_a_prediction_of_another_name_is_refused():
    for make in (
        lambda: SigmaDenoiser(sigma_network("score"), "eps"),
        lambda: TimestepDenoiser(sigma_network("score"), LINEAR, "eps"),
    ):
        with pytest.raises(
            ValueError, match=r"^prediction is 'eps', but must be one of epsilon, v"
        ):
            make()


def test_a_model_of_pictures_in_zero_to_one_works_in_minus_one_to_one():
    """Data of mean m and variance s² in [0, 1] is 2m - 1 and 4s² outside, and so is its noise."""
    own, outside = VESchedule(0.01, 348), VESchedule(0.01, 348).scaled(2)
    denoiser = UnitRangeDenoiser(SigmaDenoiser(sigma_network("score")))
    exact = GaussianDenoiser(4 * VARIANCE, 2 * MEAN - 1)

    for t in (0, 0.3, 0.8):
        sigma = torch.tensor(outside.sigma(t), dtype=torch.float64)
        assert sigma.item() == pytest.approx(2 * own.sigma(t), rel=1e-15)
        x = torch.linspace(-3, 3, 12, dtype=torch.float64).reshape(1, 3, 2, 2)
        torch.testing.assert_close(denoiser(x, sigma), exact(x, sigma), rtol=1e-10, atol=1e-10)


def test_a_class_is_bound_once_and_told_for_every_picture():
    seen = []

    def network(x, level, label):
        seen.append((level, label))
        return x

    with_class(network, 207)(torch.ones(3, 3, 4, 4), torch.tensor([1.0, 2.0, 3.0]))

    ((level, label),) = seen
    assert level.tolist() == [1, 2, 3]
    assert label.dtype == torch.int64
    assert label.tolist() == [207, 207, 207]
