"""The training objective: the denoising error of Karras et al. 2022, and the levels it is at."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from backend.models.landscape_unet import LandscapeUNet
from backend.sdedit.denoisers import edm_scalings
from backend.training.corpus import Batch
from backend.training.options import TrainingOptions


def draw_sigmas(batch: Batch, options: TrainingOptions, generator: torch.Generator) -> Tensor:
    """Noise levels (B,): log-normal around what each scale is used at, 15 % log-uniform.

    Coarse scales (a whole picture of 64 px) are sampled from high noise and fine ones are only
    ever refined from low noise, so the mean of ln(sigma) falls from -0.5 to -1.3 between them.
    """
    count = batch.log2_scale.shape[0]
    mean = -1.3 + 0.8 * (batch.log2_scale / 2.5).clamp(0, 1)
    log_normal = mean + 1.25 * torch.randn(count, generator=generator)
    low, high = math.log(options.sigma_min), math.log(options.sigma_max)
    uniform = low + (high - low) * torch.rand(count, generator=generator)
    is_uniform = torch.rand(count, generator=generator) < 0.15
    sigmas: Tensor = torch.where(is_uniform, uniform, log_normal.clamp(low, high)).exp()
    return sigmas


def edm_loss(
    network: LandscapeUNet, batch: Batch, sigma: Tensor, noise: Tensor, sigma_data: float
) -> Tensor:
    """E |F - target|², which is the EDM-weighted denoising error (Karras et al., eq. 8)."""
    c_skip, c_out, c_in, c_noise = edm_scalings(sigma, sigma_data)
    x = batch.x0 + sigma.reshape(-1, 1, 1, 1) * noise
    target = (batch.x0 - c_skip * x) / c_out
    predicted: Tensor = network(c_in * x, c_noise.flatten(), batch.log2_scale, batch.y)
    return (predicted.float() - target).square().mean()
