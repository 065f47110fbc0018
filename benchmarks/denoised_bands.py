"""What the model's denoiser leaves of grey and of colour in each band of detail, level by level.

    python -m benchmarks.denoised_bands PHOTOGRAPHS [--model NAME]

The photographs that the model never saw, 256 px high. Of each band of D(x + sigma z; sigma), in a
Laplacian pyramid: the mean squared error as a share of the band's own in the photographs. 0 is
perfect; 1 is what nothing at all would do, so that more than 1 is noise let through.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from backend.evaluation.photographs import find_photographs, read_photographs
from backend.evaluation.sliced_wasserstein import laplacian_bands
from backend.models.loading import load_landscape_model
from backend.models.pixel_model import View

HEIGHT, BANDS = 256, 5
SIGMAS = (0.1, 0.2, 0.4, 0.7, 1.2, 2.2)
GREY = torch.ones(1, 3) / 3**0.5
COLOURS = torch.tensor([[2**-0.5, -(2**-0.5), 0], [6**-0.5, 6**-0.5, -2 * 6**-0.5]])


def energies(x: Tensor, axes: Tensor) -> Tensor:
    """(BANDS,): the sum of squares along the axes (n, 3) in each band of x (1, 3, H, W)."""
    along = torch.einsum("nc,bchw->bnhw", axes, x)
    return torch.stack([band.square().sum() for band in laplacian_bands(along, BANDS + 1)[:-1]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--model", default="landscape")
    options = parser.parse_args()
    model = load_landscape_model(options.model, "cpu")
    paths = find_photographs(options.photographs, held_out=True)
    photographs = read_photographs(paths, HEIGHT, lambda _done, _of: None)
    print("| | sigma | finest | 2 px | 4 px | 8 px | 16 px |\n|---|---:|---:|---:|---:|---:|---:|")
    axes = {"grey": GREY, "colour": COLOURS}
    for sigma in SIGMAS:
        errors = {name: torch.zeros(BANDS) for name in axes}
        own = {name: torch.zeros(BANDS) for name in axes}
        for index, photograph in enumerate(photographs):
            x = photograph.pixels[None].float() / 127.5 - 1
            z = torch.randn(x.shape, generator=torch.Generator().manual_seed(index))
            with torch.no_grad():
                x0 = model.denoiser(View(0, 1, HEIGHT))(x + sigma * z, torch.tensor(sigma))
            for name, along in axes.items():
                errors[name] += energies(x0 - x, along)
                own[name] += energies(x, along)
        for name in axes:
            shares = (errors[name] / own[name]).tolist()
            print(f"| {name} | {sigma:g} | " + " | ".join(f"{v:.2f}" for v in shares) + " |")


if __name__ == "__main__":
    main()
