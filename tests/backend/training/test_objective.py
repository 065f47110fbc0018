from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from backend.models.landscape_unet import LandscapeUNet
from backend.sdedit.denoisers import EdmDenoiser
from backend.training.corpus import Batch, make_batch
from backend.training.measuring import HELD_OUT_SIGMAS, held_out_crops, held_out_psnr
from backend.training.objective import draw_sigmas, edm_loss
from backend.training.options import TrainingOptions, learning_rate_at

from .pictures_made import landscape

OPTIONS = TrainingOptions()
CPU = torch.device("cpu")


def test_noise_levels_lie_within_the_range_and_are_higher_at_coarse_scales():
    count = 20_000
    generator = torch.Generator().manual_seed(0)
    scales = torch.cat([torch.zeros(count), torch.full((count,), math.log2(360 / 64))])
    batch = Batch(torch.empty(0), scales, torch.empty(0))

    log_sigmas = draw_sigmas(batch, OPTIONS, generator).log()

    assert log_sigmas.exp().min() >= OPTIONS.sigma_min * (1 - 1e-5)
    assert log_sigmas.exp().max() <= OPTIONS.sigma_max * (1 + 1e-5)
    fine, coarse = log_sigmas[:count], log_sigmas[count:]
    assert (fine.median().item(), coarse.median().item()) == pytest.approx((-1.3, -0.5), abs=0.1)


def test_the_loss_is_the_denoising_error_in_units_of_its_weight():
    """|F - target|² = |D - x0|² / c_out², with D the denoiser that edits use."""
    torch.manual_seed(0)
    network = LandscapeUNet((4, 6), blocks=1, middle=1).requires_grad_(False)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    batch = make_batch([landscape(0)], 64, 1, np.random.default_rng(0))
    sigma, noise = torch.tensor([0.7]), torch.randn(batch.x0.shape)

    loss = edm_loss(network, batch, sigma, noise, 0.5)

    denoiser = EdmDenoiser(lambda x, c: network(x, c, batch.log2_scale, batch.y), 0.5)
    error = (denoiser(batch.x0 + 0.7 * noise, sigma) - batch.x0).square().mean()
    c_out = 0.7 * 0.5 / math.sqrt(0.7**2 + 0.5**2)
    assert loss.item() == pytest.approx(error.item() / c_out**2, rel=1e-4)


def test_the_learning_rate_warms_up_in_steps_and_decays_in_time():
    options = TrainingOptions(learning_rate=1.0, warmup_steps=10, decay_from=0.3)

    assert [learning_rate_at(step, 0, options) for step in (0, 4, 9, 500)] == [0.1, 0.5, 1, 1]
    assert learning_rate_at(500, 0.3, options) == pytest.approx(1)
    assert learning_rate_at(500, 0.65, options) == pytest.approx(0.5)
    assert learning_rate_at(500, 1, options) == pytest.approx(0.01)


def test_an_untrained_network_measures_what_its_preconditioning_gives():
    """F = 0 leaves D = c_skip x, whose error on a picture follows from the picture's variance."""
    network = LandscapeUNet((4, 6), blocks=0, middle=1)
    crops = held_out_crops([landscape(i) for i in range(3)])

    figures = held_out_psnr(network, crops, 0.5, CPU)

    assert list(figures) == [f"{sigma:g}" for sigma in HELD_OUT_SIGMAS]
    x0 = torch.cat([batch.x0.flatten() for batch in crops])
    c_skip = 0.25 / (0.25 + 0.1**2)
    mse = (1 - c_skip) ** 2 * x0.square().mean() + (c_skip * 0.1) ** 2
    # Values beyond the range of pictures are clipped, which helps a little.
    assert figures["0.1"] == pytest.approx(10 * math.log10(4 / mse), abs=0.5)
    assert list(figures.values()) == sorted(figures.values(), reverse=True)


def test_measurements_are_all_on_the_same_crops_and_noise():
    torch.manual_seed(0)
    network = LandscapeUNet((4, 6), blocks=0, middle=1)
    pictures = [landscape(i) for i in range(3)]

    first, second = (held_out_psnr(network, held_out_crops(pictures), 0.5, CPU) for _ in range(2))

    assert first == second


def test_pictures_that_are_restored_without_any_error_have_a_figure():
    white = Batch(torch.ones(2, 3, 8, 8), torch.zeros(2), torch.zeros(2, 1, 8, 1))

    class AlwaysWhite(torch.nn.Module):
        def forward(self, x, _c_noise, _log2_scale, _y):
            return torch.full_like(x, 1000)

    figures = held_out_psnr(AlwaysWhite(), [white], 0.5, CPU)  # type: ignore[arg-type]

    assert list(figures.values()) == pytest.approx([126.02] * 5, abs=0.01)
