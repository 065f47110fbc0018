"""Random parts of a picture that are painted over or pasted in; the same for the same seed."""

from __future__ import annotations

import math
import random

import torch
import torch.nn.functional as F
from torch import Tensor

from protocol.bounds import Bounds

RADIUS_LEAST, RADIUS_MOST = 0.2, 0.3
"""Of a region, as shares of the picture's shorter side: it covers about a fifth of a square."""
WAVES = ((2, 0.2), (3, 0.1), (5, 0.05))
"""How often the outline swells and shrinks in going round, and by which share of the radius."""


def random_region(seed: int, index: int, height: int, width: int) -> Tensor:
    """(H, W) bool: a blob with a wavy outline, wholly inside. index: of the picture."""
    choose = random.Random(f"{seed} {index}")
    radius = choose.uniform(RADIUS_LEAST, RADIUS_MOST) * min(height, width)
    reach = radius * (1 + sum(share for _, share in WAVES))
    x0, y0 = (choose.uniform(reach, side - reach) for side in (width, height))
    y = torch.arange(height).reshape(-1, 1) + 0.5 - y0
    x = torch.arange(width) + 0.5 - x0
    angle = torch.atan2(y, x)
    outline = torch.ones(height, width)
    for count, share in WAVES:
        outline += share * torch.sin(count * angle + choose.uniform(0, 2 * math.pi))
    return torch.hypot(x, y) < radius * outline


def grown(region: Tensor, pixels: int) -> Tensor:
    """The region (H, W) and all that is within a square of ``pixels`` around any of its pixels."""
    widened = F.max_pool2d(region[None].float(), 2 * pixels + 1, stride=1, padding=pixels)
    return widened[0] > 0


def bounds_of(region: Tensor) -> Bounds:
    """The smallest rectangle around a region that is not empty."""
    rows, columns = region.any(dim=1).nonzero(), region.any(dim=0).nonzero()
    top, left = int(rows[0]), int(columns[0])
    return Bounds(left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)


def cut(pixels: Tensor, bounds: Bounds) -> Tensor:
    """That part of (…, H, W), as a view."""
    return pixels[..., bounds.y : bounds.bottom, bounds.x : bounds.right]
