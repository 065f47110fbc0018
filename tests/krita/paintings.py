"""A painting to edit, and what can be said of a picture without looking at it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.krita.documents import Pixels


def rough_landscape(width: int, height: int) -> Pixels:
    """Flat sky, a sun at the left, a hill that rises to the right, and a meadow: opaque, and
    nowhere the same when shifted or mirrored."""
    y, x = np.mgrid[0.5:height, 0.5:width] / np.array([height, width]).reshape(2, 1, 1)
    picture = np.empty((height, width, 4), np.uint8)
    picture[:] = (120, 170, 225, 255)
    picture[(x - 0.2) ** 2 + (y - 0.2) ** 2 < 0.01] = (250, 235, 160, 255)
    picture[y > 0.65 - 0.35 * x] = (85, 95, 110, 255)
    picture[y > 0.7] = (60, 120, 50, 255)
    return picture


def photograph(width: int, height: int, seed: int = 1) -> Pixels:
    """The same with the fine detail that no brush paints."""
    picture = rough_landscape(width, height)
    detail = np.random.default_rng(seed).integers(-16, 17, (height, width, 1))
    picture[:, :, :3] = np.clip(picture[:, :, :3].astype(int) + detail, 0, 255)
    return picture


def colour_difference(one: Pixels, other: Pixels) -> float:
    """The mean difference of red, green and blue, 0 to 255."""
    return float(np.abs(_colours(one) - _colours(other)).mean())


def is_flat(picture: Pixels) -> bool:
    """Whether it has hardly more than one colour."""
    return bool(_colours(picture).std(axis=(0, 1)).max() < 4)


def agreement_of_colours(picture: Pixels) -> float:
    """How far the fine detail of red, green and blue goes together: in photographs nearly 1, in
    noise, which is drawn for each colour by itself, nearly 0."""
    detail = np.diff(_colours(picture), axis=0).reshape(-1, 3)
    return float(np.corrcoef(detail.T).min())


def _colours(picture: Pixels) -> npt.NDArray[np.float64]:
    return picture[:, :, :3].astype(np.float64)
