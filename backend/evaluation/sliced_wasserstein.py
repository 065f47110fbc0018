"""How unlike two sets of pictures look in their detail, without a network.

The sliced Wasserstein distance between their patches in a Laplacian pyramid (Karras et al. 2018,
"Progressive growing of GANs", section 5), finest level first:

    patches       7×7 pixels of all channels, at random places
    levels        each half as large as the last, down to 16 pixels on the shorter side
    distance      Wasserstein-1 of the patches' projections onto a random direction, averaged over
                  directions, in thousandths of a standard deviation

As in Karras et al., each channel of a level is normalised to mean 0 and deviation 1; but both sets
by the *reference's* figures, not each by its own. Else a blurred picture's faint detail would be
blown up to the strength of the reference's and be found to resemble it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

PATCH_PX = 7
COARSEST_PX = 16
DIRECTIONS = 256
PATCHES = 2**14
"""Of one level, from all pictures of a set together."""
DEVIATION_LEAST = 1e-4
"""On values in [0, 1]; for references that are flat."""


class PatchLaw:
    """The law of a reference set's patches, kept as its sorted projections: 16 MiB a level."""

    def __init__(self, reference: Sequence[Tensor], levels: int) -> None:
        """reference: (3, H, W) uint8 each, of any sizes that have so many `pyramid_levels`."""
        self._levels = []
        generator = torch.Generator().manual_seed(0)
        for patches in _patches_of(reference, levels):  # (N, 3, 49)
            mean = patches.mean(dim=(0, 2), keepdim=True)
            deviation = patches.std(dim=(0, 2), keepdim=True).clamp_min(DEVIATION_LEAST)
            size = patches[0].numel()
            directions = F.normalize(torch.randn(size, DIRECTIONS, generator=generator), dim=0)
            own = _projected((patches - mean) / deviation, directions)
            self._levels.append((mean, deviation, directions, own))

    def distances(self, pictures: Sequence[Tensor]) -> list[float]:
        """The distance of each level, in thousandths; 0 for the reference itself."""
        return [
            1000 * wasserstein(_projected((patches - mean) / deviation, directions), own)
            for patches, (mean, deviation, directions, own) in zip(
                _patches_of(pictures, len(self._levels)), self._levels
            )
        ]


def pyramid_levels(pictures: Iterable[Tensor]) -> int:
    """How many levels all of these have; at least 1."""
    shortest = min(min(picture.shape[-2:]) for picture in pictures)
    return max(1, int(math.log2(max(1, shortest / COARSEST_PX))) + 1)


def wasserstein(ours: Tensor, theirs: Tensor) -> float:
    """Wasserstein-1 between the rows of (D, N) and (D, M), each sorted; the mean over D.

    Where N and M differ, the larger sample is thinned evenly to the smaller one's size.
    """
    count = min(ours.shape[1], theirs.shape[1])
    return float((_thinned(ours, count) - _thinned(theirs, count)).abs().mean())


def laplacian_bands(x: Tensor, count: int) -> list[Tensor]:
    """x (B, C, H, W) as what each halving of its size loses, and last what is left."""
    bands = []
    for _ in range(count - 1):
        smaller = F.interpolate(x, scale_factor=0.5, mode="bilinear", antialias=True)
        bands.append(x - F.interpolate(smaller, size=x.shape[-2:], mode="bilinear"))
        x = smaller
    return [*bands, x]


def _patches_of(pictures: Sequence[Tensor], levels: int) -> list[Tensor]:
    """(N, 3, 49) of each level. Pictures of the same sizes are looked at in the same places."""
    places = [torch.Generator().manual_seed(level) for level in range(levels)]
    found: list[list[Tensor]] = [[] for _ in range(levels)]
    for picture in pictures:
        for level, band in enumerate(laplacian_bands(picture[None].float() / 255, levels)):
            windows = band[0].unfold(1, PATCH_PX, 1).unfold(2, PATCH_PX, 1)  # (3, h, w, 7, 7), view
            height, width = windows.shape[1:3]
            order = torch.randperm(height * width, generator=places[level])
            chosen = order[: max(1, PATCHES // len(pictures))]
            patches = windows[:, chosen // width, chosen % width]  # (3, n, 7, 7)
            found[level].append(patches.transpose(0, 1).flatten(2))
    return [torch.cat(patches) for patches in found]


def _projected(patches: Tensor, directions: Tensor) -> Tensor:
    """(D, N): the patches (N, 3, 49) along each direction (147, D), sorted."""
    return (directions.T @ patches.flatten(1).T).sort(dim=1).values


def _thinned(ordered: Tensor, count: int) -> Tensor:
    size = ordered.shape[1]
    if size == count:
        return ordered
    return ordered[:, ((torch.arange(count) + 0.5) * size / count).long()]
