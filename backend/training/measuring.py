"""What a network in training is measured by: the PSNR of its denoising on held-out pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from backend.models.landscape_unet import LandscapeUNet
from backend.sdedit.denoisers import EdmDenoiser
from backend.training.corpus import Batch, make_batch

HELD_OUT_SIGMAS = (0.1, 0.3, 0.588, 1.0, 2.0)


def held_out_crops(pictures: Sequence[Image.Image], seed: int = 0) -> list[Batch]:
    """The same 48 crops for every measurement, all from pictures never trained on."""
    generator = np.random.default_rng(seed)
    return [
        make_batch(pictures, side, count, generator, augment=False)
        for side, count in ((64, 32), (96, 16))
    ]


@torch.no_grad()
def held_out_psnr(
    network: LandscapeUNet, crops: list[Batch], sigma_data: float, device: torch.device
) -> dict[str, float]:
    """PSNR in dB of D(x; sigma) on data in [-1, 1] (peak 2), the same noise every time."""
    figures = {}
    for sigma in HELD_OUT_SIGMAS:
        errors = []
        for index, batch in enumerate(crops):
            generator = torch.Generator().manual_seed(1000 + index)
            noise = torch.randn(batch.x0.shape, generator=generator)
            moved = batch.to(device)

            def bound(x: Tensor, c_noise: Tensor, at: Batch = moved) -> Tensor:
                predicted: Tensor = network(x, c_noise, at.log2_scale, at.y)
                return predicted

            x = moved.x0 + sigma * noise.to(device)
            x0 = EdmDenoiser(bound, sigma_data)(x, torch.tensor(sigma))
            errors.append((x0.clamp(-1, 1) - moved.x0).square().mean(dim=(1, 2, 3)))
        mse = torch.cat(errors).mean().item()
        # Pictures of one clipped colour can be restored without any error.
        figures[f"{sigma:g}"] = round(10 * math.log10(4 / max(mse, 1e-12)), 2)
    return figures
