"""An invisible mark in the pixels that says "generated"; `detection` finds it again.

The pattern is added to red, green and blue alike, stronger where the picture is rough, since there
it shows less, and nowhere more than a part of what the edit itself has changed: what the edit left
alone carries no mark, and an edit that changes next to nothing returns next to nothing else.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from backend.provenance.pattern import TILE_PX, tile

LEVEL = 2 / 255
"""One step of 8 bits in the data range."""
LEAST = 0.7 * LEVEL
"""The mark's root mean square where the picture is smooth."""
MOST = 1.9 * LEVEL
PER_ROUGHNESS = 0.08
"""How much it grows with the picture's own deviation from its surroundings."""
OF_CHANGE = 0.4
"""Of the mean change around a pixel, the most that the mark may be."""
AROUND_PX = 17
"""The width of "around": about the longest wave of the mark."""
REACH_PX = 2 * (AROUND_PX // 2)
"""Farther away no pixel counts."""
BAND_PX = 256
LUMA = (0.299, 0.587, 0.114)


def marked(picture: Tensor, guide: Tensor, x: int, y: int) -> Tensor:
    """The picture with the mark in all that is not as in the guide.

    picture, guide: (1, 3, H, W) float32 in [-1, 1]; x, y: where they lie on the canvas, which the
    mark is anchored to, so that several edits of one canvas carry one mark.
    """
    height, width = picture.shape[-2:]
    result = torch.empty_like(picture)
    pattern = torch.from_numpy(tile()).to(picture)[:, (torch.arange(width) + x) % TILE_PX]
    for top in range(0, height, BAND_PX):  # so that few planes are in memory beside the pictures
        bottom = min(top + BAND_PX, height)
        first, last = max(0, top - REACH_PX), bottom + REACH_PX
        strength = _strength(picture[..., first:last, :], guide[..., first:last, :])
        strength = strength[..., top - first : bottom - first, :]
        rows = (torch.arange(top, bottom) + y) % TILE_PX
        band = picture[..., top:bottom, :] + strength * pattern[rows]
        result[..., top:bottom, :] = band.clamp_(-1, 1)
    return result


def _strength(picture: Tensor, guide: Tensor) -> Tensor:
    """(1, 1, H, W): the root mean square that the mark may have at each pixel."""
    change = (picture - guide).abs().mean(1, keepdim=True)
    luma = (picture * picture.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    roughness = _around((luma - _around(luma)).square()).sqrt()
    strength = (LEAST + PER_ROUGHNESS * roughness).clamp(max=MOST)
    return torch.minimum(strength, OF_CHANGE * _around(change)) * (change > 0)


def _around(values: Tensor) -> Tensor:
    """(1, 1, H, W): the mean over AROUND_PX × AROUND_PX, as much of it as there is."""
    half = AROUND_PX // 2
    for size, padding in (((AROUND_PX, 1), (half, 0)), ((1, AROUND_PX), (0, half))):
        values = F.avg_pool2d(values, size, 1, padding, count_include_pad=False)
    return values
