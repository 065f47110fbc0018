"""How different two colours look: CIEDE2000 (Sharma, Wu and Dalal 2005)."""

from __future__ import annotations

import numpy as np

from backend.pictures.colour import colour_space


def delta_e(rgb: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(N,) CIEDE2000 of sRGB colours (N, 3) in [0, 1], seen under D50."""
    lab = colour_space("LABA", "", None)
    pairs = (lab.from_srgb(colours.astype(np.float32)) for colours in (rgb, other))
    return delta_e_lab(*pairs)


def delta_e_lab(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(N,) CIEDE2000 of L, a, b (N, 3)."""
    lab = np.stack([one, other]).astype(np.float64)
    lightness, a, b = np.moveaxis(lab, 2, 0)  # (2, N) each
    chroma = np.hypot(a, b).mean(axis=0)
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    a = a * stretch
    c = np.hypot(a, b)
    h = np.degrees(np.arctan2(b, a)) % 360
    is_grey = c.prod(axis=0) == 0

    dl, dc = lightness[1] - lightness[0], c[1] - c[0]
    turn = (h[1] - h[0] + 180) % 360 - 180
    dh = 2 * np.sqrt(c.prod(axis=0)) * np.sin(np.radians(np.where(is_grey, 0, turn)) / 2)

    mean_l, mean_c = lightness.mean(axis=0), c.mean(axis=0)
    mean_h = np.where(is_grey, h.sum(axis=0), (h[0] + turn / 2) % 360)
    t = (
        1
        - 0.17 * _cos(mean_h - 30)
        + 0.24 * _cos(2 * mean_h)
        + 0.32 * _cos(3 * mean_h + 6)
        - 0.20 * _cos(4 * mean_h - 63)
    )
    from_50 = (mean_l - 50) ** 2
    dl /= 1 + 0.015 * from_50 / np.sqrt(20 + from_50)
    dc /= 1 + 0.045 * mean_c
    dh /= 1 + 0.015 * mean_c * t
    bend = 30 * np.exp(-(((mean_h - 275) / 25) ** 2))
    rotation = -2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)) * np.sin(np.radians(2 * bend))
    squares: np.ndarray = dl**2 + dc**2 + dh**2 + rotation * dc * dh
    return np.sqrt(np.maximum(squares, 0))


def _cos(degrees: np.ndarray) -> np.ndarray:
    cosines: np.ndarray = np.cos(np.radians(degrees))
    return cosines
