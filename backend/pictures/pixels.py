"""Krita's raw RGBA 8-bit pixels as the model's data range, and back."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from protocol.bounds import Bounds
from protocol.errors import SDEditError
from protocol.images import Image, PixelFormat


class UnsupportedPixels(SDEditError):
    """Pixels in a colour model or depth that this version cannot edit."""

    code = "pixel-format"


def check_editable(pixel_format: PixelFormat) -> None:
    """Raise UnsupportedPixels for anything but RGBA with 8-bit integers."""
    if (pixel_format.model, pixel_format.depth) != ("RGBA", "U8"):
        raise UnsupportedPixels(
            f"This document is {pixel_format.model} {pixel_format.depth}; "
            "SDEdit edits RGBA documents with 8-bit integer channels.",
            "Convert it with Image ▸ Convert Image Color Space.",
        )


def rgb_over_white(image: Image) -> Tensor:
    """(1, 3, H, W) float32 in [-1, 1]: the picture as it looks on white paper.

    Raises UnsupportedPixels for another format.
    """
    check_editable(image.format)
    bgra = _array(image, 4)
    rgb = np.moveaxis(bgra[..., 2::-1], 2, 0).astype(np.float32, order="C")  # (3, H, W)
    alpha = bgra[..., 3]
    if (alpha != 255).any():
        opacity = alpha.astype(np.float32) / 255
        rgb *= opacity
        rgb += 255 * (1 - opacity)
    # In place: a large picture's planes are the largest thing in memory.
    return torch.from_numpy(rgb)[None].div_(127.5).sub_(1)


def grey_values(grey: Image) -> Tensor:
    """(H, W) float32 in [0, 1] of a mask or a t0 map."""
    return torch.from_numpy(_array(grey, 1)[..., 0].astype(np.float32)).div_(255)


def layer_alpha(mask: Image | None, t0_map: Image | None) -> np.ndarray | None:
    """(H, W) uint8, how opaque a result is: as the mask, and clear where the t0 map holds it.

    None when all of it is opaque.
    """
    alpha = None if mask is None else _array(mask, 1)[..., 0]
    if t0_map is None:
        return alpha
    changes = _array(t0_map, 1)[..., 0] > 0
    return np.where(changes, np.uint8(255) if alpha is None else alpha, np.uint8(0))


def to_image(rgb: Tensor, bounds: Bounds, alpha: np.ndarray | None, profile: str) -> Image:
    """Raw BGRA of rgb (1, 3, H, W) in [-1, 1], ready to be a layer.

    alpha: (H, W) uint8, or None for 255; pixels where it is 0 are (0, 0, 0, 0).
    """
    colour = rgb[0].clamp(-1, 1).add_(1).mul_(127.5).round_().to(torch.uint8).cpu().numpy()
    bgra = np.empty((*colour.shape[1:], 4), np.uint8)
    bgra[..., 2::-1] = np.moveaxis(colour, 0, 2)
    bgra[..., 3] = 255
    if alpha is not None:
        bgra[..., 3] = alpha
        bgra[alpha == 0] = 0
    return Image(bounds, PixelFormat("RGBA", "U8", profile), bgra.tobytes())


def _array(image: Image, channels: int) -> np.ndarray:
    """(H, W, channels) uint8, a view of the image's own memory."""
    pixels = np.frombuffer(image.data, np.uint8)
    return pixels.reshape(image.bounds.height, image.bounds.width, channels)
