"""What a result looks like, in figures: likeness to the original, grain, colour in smooth places.

All are of pictures (3, H, W) uint8. Colours are Rec. 709's Y, Cb and Cr in parts of 255.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from backend.evaluation.sliced_wasserstein import laplacian_bands

BANDS = 6
"""Of the Laplacian pyramid; the first two are fine detail, the next three patches of 8 to 60 px."""
FINE, MIDDLE = slice(0, 2), slice(2, 5)
SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Of the scales, finest first (Wang, Simoncelli and Bovik 2003)."""
SSIM_WINDOW_PX = 11
SMOOTH = 16.0
"""A pixel's difference from its right and lower neighbours, all channels together, at most."""


@dataclass(frozen=True)
class Looks:
    """ssim: multi-scale, of Y to the original's. grain: rms of Y's finest band.

    In the places where the original is smooth, skies and snow above all; NaN where it has none:
    speckle: rms of Cb and Cr in the fine bands. mottling: by how much they are not the original's
    in the middle bands, rms.
    """

    ssim: float
    grain: float
    speckle: float
    mottling: float


def looks(picture: Tensor, original: Tensor) -> Looks:
    """picture, original: of one size."""
    ours, theirs = luma_chroma(picture), luma_chroma(original)
    smooth = smooth_places(theirs)
    bands = laplacian_bands(ours[None], BANDS)
    differences = laplacian_bands((ours - theirs)[None], BANDS)
    return Looks(
        multi_scale_ssim(ours[0], theirs[0]),
        bands[0][0, 0].square().mean().sqrt().item(),
        _colour(bands[FINE], smooth),
        _colour(differences[MIDDLE], smooth),
    )


def luma_chroma(picture: Tensor) -> Tensor:
    """(3, H, W) float32: Y, Cb, Cr."""
    red, green, blue = picture.float()
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return torch.stack([y, (blue - y) / 1.8556, (red - y) / 1.5748])


def smooth_places(colours: Tensor) -> Tensor:
    """(H, W) bool: where all within 4 px is `SMOOTH`. colours: Y, Cb, Cr (3, H, W)."""
    across = colours.diff(dim=2, append=colours[..., -1:]).abs()
    down = colours.diff(dim=1, append=colours[:, -1:]).abs()
    steep = (across + down).sum(dim=0)
    return F.max_pool2d(steep[None], 9, stride=1, padding=4)[0] <= SMOOTH


def multi_scale_ssim(ours: Tensor, theirs: Tensor) -> float:
    """Of two planes (H, W) of 0 to 255, on as many of the scales as they hold; 1 for equal ones."""
    a, b = ours[None, None], theirs[None, None]
    scales = 1 + int(math.log2(min(ours.shape) / SSIM_WINDOW_PX))
    weights = SSIM_WEIGHTS[:scales]
    result = torch.ones(())
    for scale, weight in enumerate(weights, start=1):
        brightness, structure = _ssim(a, b)
        is_last = scale == len(weights)
        found = (brightness * structure).mean() if is_last else structure.mean()
        result = result * found.clamp_min(0) ** (weight / sum(weights))
        a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
    return result.item()


def _ssim(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """How alike in brightness, and in contrast and structure, under a Gaussian of 1.5 px."""
    places = torch.arange(float(SSIM_WINDOW_PX)) - SSIM_WINDOW_PX // 2
    line = torch.softmax(-(places**2) / (2 * 1.5**2), dim=0)
    window = (line[:, None] * line)[None, None]

    def mean(x: Tensor) -> Tensor:
        return F.conv2d(x, window)

    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    dark, flat = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    brightness = (2 * mean_a * mean_b + dark) / (mean_a**2 + mean_b**2 + dark)
    return brightness, (2 * covariance + flat) / (var_a + var_b + flat)


def _colour(bands: list[Tensor], smooth: Tensor) -> float:
    """The rms of Cb and Cr, all bands together, in the places where it is smooth."""
    total = torch.zeros(())
    for band in bands:
        each = band[:, 1:].square().sum(dim=1, keepdim=True)
        total = total + F.interpolate(each, size=smooth.shape, mode="bilinear")[0, 0][smooth].mean()
    return total.sqrt().item()
