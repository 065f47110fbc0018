"""Picture files made for tests, in every mode and kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


def made(mode: str, width: int = 24, height: int = 16, seed: int = 0) -> Image.Image:
    """A noisy picture in this mode; a palette picture has 40 colours and a clear one."""
    randomly = np.random.default_rng(seed)
    if mode == "P":
        picture = made("RGB", width, height, seed).quantize(40)
        indices = np.array(picture)
        indices[:3, :3] = 40
        colours = picture.getpalette() or []
        result = Image.fromarray(indices)
        result.putpalette([*colours[: 3 * 40], 1, 2, 3])
        result.info["transparency"] = 40
        return result
    count = CHANNELS[mode]
    shape = (height, width, count) if count > 1 else (height, width)
    return Image.fromarray(randomly.integers(0, 256, shape, np.uint8))


def saved(picture: Image.Image, path: Path, **options: Any) -> Path:
    picture.save(path, **options)
    return path
