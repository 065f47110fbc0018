"""Pictures made small, to be looked at and not to be used: previews and thumbnails."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from backend.pictures.pixels import to_image
from backend.sdedit.scales import resized
from protocol.bounds import Bounds
from protocol.images import Image

THUMBNAIL_PX = 192
"""Longest side."""


def on_guide(picture: Tensor, guide: Tensor, alpha: np.ndarray | None) -> Tensor:
    """A result as it looks on the guide.

    picture, guide: (1, 3, H, W) in [-1, 1]; alpha: (H, W) uint8, how opaque the result is.
    """
    if alpha is None:
        return picture
    return torch.lerp(guide, picture, torch.from_numpy(alpha.astype(np.float32)).div_(255))


def shrunk(picture: Tensor, longest_px: int) -> Image:
    """picture (1, 3, H, W) as RGBA U8, its longest side at most ``longest_px``."""
    height, width = picture.shape[-2:]
    shrink = min(1.0, longest_px / max(height, width))
    size = max(1, round(height * shrink)), max(1, round(width * shrink))
    return to_image(resized(picture, *size), Bounds(0, 0, size[1], size[0]), None, "")
