"""How far two sets of pictures are apart in the look of their detail, without a network.

The sliced Wasserstein distance of patches in a Laplacian pyramid (Karras et al. 2018, "Progressive
growing of GANs").
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

PATCH_PX = 7
BANDS = 3
DIRECTIONS = 128


def patch_distance(ours: Tensor, theirs: Tensor) -> float:
    """In parts of 255, for two batches (B, C, H, W) in [-1, 1] of one shape; 0 when equal.

    The mean over the pyramid's bands of the root mean square difference between sorted projections
    of all patches.
    """
    distances = []
    for index, (a, b) in enumerate(zip(_bands(ours), _bands(theirs), strict=True)):
        generator = torch.Generator().manual_seed(index)
        size = ours.shape[1] * PATCH_PX**2
        directions = F.normalize(torch.randn(size, DIRECTIONS, generator=generator), dim=0)
        a, b = (_patches(band) @ directions for band in (a, b))
        distances.append((a.sort(0)[0] - b.sort(0)[0]).square().mean().sqrt())
    return torch.stack(distances).mean().item() * 127.5


def _bands(x: Tensor) -> list[Tensor]:
    bands = []
    for _ in range(BANDS - 1):
        smaller = F.interpolate(x, scale_factor=0.5, mode="bilinear", antialias=True)
        bands.append(x - F.interpolate(smaller, size=x.shape[-2:], mode="bilinear"))
        x = smaller
    return [*bands, x]


def _patches(x: Tensor) -> Tensor:
    return F.unfold(x, PATCH_PX).mT.reshape(-1, x.shape[1] * PATCH_PX**2)
