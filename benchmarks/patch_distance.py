"""How far two sets of pictures are apart in the look of their detail, without a network.

The sliced Wasserstein distance of patches in a Laplacian pyramid, as in
`backend.evaluation.sliced_wasserstein`, but for pairs of one shape: all patches, root mean square,
and in parts of 255 instead of deviations.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from backend.evaluation.sliced_wasserstein import laplacian_bands

PATCH_PX = 7
BANDS = 3
DIRECTIONS = 128


def patch_distance(ours: Tensor, theirs: Tensor) -> float:
    """In parts of 255, for two batches (B, C, H, W) in [-1, 1] of one shape; 0 when equal.

    The mean over the pyramid's bands of the root mean square difference between sorted projections
    of all patches.
    """
    distances = []
    bands = laplacian_bands(ours, BANDS), laplacian_bands(theirs, BANDS)
    for index, (a, b) in enumerate(zip(*bands, strict=True)):
        generator = torch.Generator().manual_seed(index)
        size = ours.shape[1] * PATCH_PX**2
        directions = F.normalize(torch.randn(size, DIRECTIONS, generator=generator), dim=0)
        a, b = (_patches(band) @ directions for band in (a, b))
        distances.append((a.sort(0)[0] - b.sort(0)[0]).square().mean().sqrt())
    return torch.stack(distances).mean().item() * 127.5


def _patches(x: Tensor) -> Tensor:
    return F.unfold(x, PATCH_PX).mT.reshape(-1, x.shape[1] * PATCH_PX**2)
