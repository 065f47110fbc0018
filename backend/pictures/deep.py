"""Pictures of 16 bits a channel, which Pillow would cut to 8."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import PIL.Image

MODES = ("L", "LA", "RGB", "RGBA")
"""By their number of channels, from 1, as Pillow calls them with 8 bits."""


@dataclass(frozen=True, eq=False)
class DeepPicture:
    """pixels: (H, W, 1–4) uint16; info: profile, EXIF and resolution, as Pillow has them."""

    pixels: np.ndarray
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def mode(self) -> str:
        return MODES[self.pixels.shape[2] - 1]

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def is_grey(self) -> bool:
        return self.mode in ("L", "LA")

    def in_8_bits(self) -> PIL.Image.Image:
        """As it looks, with the same info."""
        pixels = ((self.pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
        picture = PIL.Image.fromarray(pixels[..., 0] if self.mode == "L" else pixels)
        picture.info.update(self.info)
        return picture


Picture = PIL.Image.Image | DeepPicture


def in_8_bits(picture: Picture) -> PIL.Image.Image:
    """A picture of either kind as one of Pillow's."""
    return picture.in_8_bits() if isinstance(picture, DeepPicture) else picture


def has_transparency(picture: Picture) -> bool:
    """Whether the picture says of some pixels that they are not opaque."""
    return picture.mode in ("LA", "RGBA") or "transparency" in picture.info
