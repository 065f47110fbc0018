"""Whether a border shows: how steep the picture is across it, and near it."""

from __future__ import annotations

import torch
from torch import Tensor


def border_gradients(picture: Tensor, region: Tensor, around: Tensor) -> tuple[float, float]:
    """Mean difference of neighbouring pixels across the region's border, and elsewhere around it.

    picture: (3, H, W) uint8; region, around: (H, W) bool. Differences are the root of the sum of
    squares over the channels, in steps of an 8-bit picture; "elsewhere" are neighbours that are
    both in ``around`` and on the same side of the border. Where there is no seam, both are about
    equal. Either is 0 where there are no such neighbours.
    """
    values = picture.float()
    across, elsewhere = [], []
    for axis in (1, 2):
        steep = values.diff(dim=axis).square().sum(dim=0).sqrt()
        count = steep.shape[axis - 1]
        here = (region.narrow(axis - 1, 0, count), region.narrow(axis - 1, 1, count))
        near = around.narrow(axis - 1, 0, count) & around.narrow(axis - 1, 1, count)
        is_border = here[0] ^ here[1]
        across.append(steep[is_border])
        elsewhere.append(steep[near & ~is_border])
    return _mean(torch.cat(across)), _mean(torch.cat(elsewhere))


def _mean(values: Tensor) -> float:
    return float(values.mean()) if len(values) else 0.0
