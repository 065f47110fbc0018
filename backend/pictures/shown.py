"""Raw pixels and picture files as they look: in 8-bit sRGB, or in luma alone."""

from __future__ import annotations

import numpy as np
import PIL.Image

from backend.pictures.formats import Layout
from backend.pictures.pixels import rgb_over_white
from protocol.images import Image


def layer_picture(layer: Image, profile: bytes | None = None) -> PIL.Image.Image:
    """A layer of any format as RGBA; profile: as for `rgb_over_white`."""
    layout = Layout.of(layer.format)
    raw = layout.array(layer).copy()
    alpha = np.clip(raw[..., -1].astype(np.float32) / layout.opaque, 0, 1)
    raw[..., -1] = layout.opaque
    colours = rgb_over_white(Image(layer.bounds, layer.format, raw.tobytes()), profile)[0]
    rgba = np.empty((*raw.shape[:2], 4), np.float32)
    rgba[..., :3] = np.moveaxis(colours.clamp(-1, 1).numpy(), 0, 2) * 127.5 + 127.5
    rgba[..., 3] = alpha * 255
    return PIL.Image.fromarray(np.rint(rgba).astype(np.uint8))


def grey_picture(grey: Image) -> PIL.Image.Image:
    """A mask or t0 map as a grey picture."""
    return PIL.Image.frombytes("L", (grey.bounds.width, grey.bounds.height), bytes(grey.data))


def luma(picture: PIL.Image.Image) -> np.ndarray:
    """(H, W) uint8 of a picture file's contents on white paper."""
    if picture.mode in ("LA", "RGBA", "P"):
        rgba = picture.convert("RGBA")
        white = PIL.Image.new("RGBA", picture.size, "white")
        picture = PIL.Image.alpha_composite(white, rgba)
    return np.array(picture.convert("L"))
