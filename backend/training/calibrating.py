"""The real pictures by which a model learns how real a picture is: see `models.calibration`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from backend.models.calibration import calibrate
from backend.models.catalogue import ModelInfo
from backend.models.pixel_model import PixelModel
from backend.training.corpus import find_pictures, load_picture
from backend.training.errors import UnusablePictures
from backend.writing import write_whole

PICTURES_MOST = 64
"""Of those there are, evenly spread. The mean is then known to an eighth of the deviation."""


def calibration_pictures(pictures: Sequence[Image.Image], native_px: int) -> list[Tensor]:
    """(3, H, W) in [-1, 1] each, no larger than the model's native scale."""
    return [_tensor(picture, native_px) for picture in _spread(pictures)]


def calibrate_model(model: PixelModel, folder: Path) -> ModelInfo:
    """Calibrate a model on a folder of real pictures, and write that into its model.json.

    Raises UnusablePictures when no picture can be used, OSError when it cannot be written.
    """
    paths = _spread(find_pictures(folder))
    loaded = [load_picture(path, model.native_px) for path in paths]
    pictures = [picture for picture in loaded if picture is not None]
    if not pictures:
        raise UnusablePictures(
            f"There are no pictures in {folder} that can be used.",
            "Name a folder of photographs such as the model was trained on.",
        )
    calibration = calibrate(model, calibration_pictures(pictures, model.native_px))
    info = replace(model.info, config=model.info.config | {"calibration": calibration})
    write_whole(info.folder / "model.json", json.dumps(info.config, indent=1).encode())
    return info


def _spread(items: Sequence[Any]) -> list[Any]:
    count = min(PICTURES_MOST, len(items))
    return [items[i * len(items) // count] for i in range(count)]


def _tensor(picture: Image.Image, native_px: int) -> Tensor:
    shorter = min(picture.size)
    if shorter > native_px:
        size = [round(side * native_px / shorter) for side in picture.size]
        picture = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    pixels = np.asarray(picture, np.float32)
    return torch.from_numpy(pixels).permute(2, 0, 1).div(127.5).sub(1)
