"""The invisible mark's pattern: a tile of TILE_PX, repeated over the whole canvas.

It is a sum of waves of all directions, none longer than LONGEST_PX or shorter than SHORTEST_PX.
Longer ones would show; shorter ones do not survive JPEG after scaling down to half. Their phases
are digits of SHAKE-256: everybody knows the pattern, so it tells who looks, and hinders nobody who
wants to remove it.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

import numpy as np

TILE_PX = 128
LONGEST_PX, SHORTEST_PX = 18, 5.5
NAME = b"sdedit watermark 1"


@dataclass(frozen=True)
class Waves:
    """The waves, by their periods per tile down and across, (n,) int64 each, and their phases.

    Of each wave and its opposite, which is the same one, only one is listed.
    """

    down: np.ndarray
    across: np.ndarray
    phases: np.ndarray
    """(n,) complex128, of modulus 1."""


@functools.cache
def waves() -> Waves:
    periods = np.arange(-(TILE_PX // 2), TILE_PX // 2)
    down, across = (grid.ravel() for grid in np.meshgrid(periods, periods, indexing="ij"))
    length = TILE_PX / np.maximum(np.hypot(down, across), 1)
    is_in_band = (length >= SHORTEST_PX) & (length <= LONGEST_PX)
    is_listed = is_in_band & ((down > 0) | ((down == 0) & (across > 0)))
    down, across = down[is_listed], across[is_listed]
    digits = np.frombuffer(hashlib.shake_256(NAME).digest(4 * len(down)), "<u4")
    return Waves(down, across, np.exp(2j * np.pi * digits / 2**32))


@functools.cache
def tile() -> np.ndarray:
    """(TILE_PX, TILE_PX) float32, of mean 0 and mean square 1."""
    listed = waves()
    spectrum = np.zeros((TILE_PX, TILE_PX), np.complex128)
    spectrum[listed.down % TILE_PX, listed.across % TILE_PX] = listed.phases
    spectrum[-listed.down % TILE_PX, -listed.across % TILE_PX] = listed.phases.conj()
    pattern: np.ndarray = np.fft.ifft2(spectrum).real.astype(np.float32)
    pattern /= pattern.std()
    return pattern
