"""Small landscapes to train on: a graded sky over ground, a hill between, all from a seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def landscape(seed: int, width: int = 144, height: int = 96) -> Image.Image:
    random = np.random.default_rng(seed)
    sky, haze, hill, ground = random.integers(0, 256, (4, 3))
    y = np.linspace(0, 1, height)[:, None, None]
    x = np.linspace(0, 1, width)[None, :, None]
    ridge = 0.5 + 0.2 * np.sin(6 * x + random.uniform(0, 6)) * random.uniform(0.3, 1)
    picture = sky * (1 - y) + haze * y
    picture = np.where(y > ridge, hill * (1.2 - 0.4 * y), picture)
    picture = np.where(y > 0.75, ground * (0.7 + 0.3 * y), picture)
    picture = picture + random.normal(0, 4, (height, width, 1))
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8))


def write_landscapes(folder: Path, count: int) -> Path:
    """``count`` pictures in ``folder``, none of them with a name that is held out."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        landscape(i).save(folder / f"picture-{i:02}.png")
    return folder
