"""Finds the invisible mark in a picture, at any scale from SMALLEST to LARGEST and cut anywhere.

Of each block of the picture only the phases of its Fourier transform are looked at, where at a
given scale the mark's waves are. Turned back by the mark's own phases they agree with each other
if the mark is there, shifted in any way; an inverse transform tries all shifts at once. Without the
mark they are as good as random, whatever the picture shows: the sum of n unit vectors of random
directions has a standard deviation of √(n/2) along any axis. The score is the best sum in these
units, and its distribution follows from that alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backend.provenance.pattern import SHORTEST_PX, TILE_PX, waves

SMALLEST, LARGEST = 0.45, 2.2
FOUND = 7.5
"""The least score that counts: docs/provenance.md says how seldom a picture without the mark has
it."""
LEAST_PX = 144
"""A picture with a shorter side may be too small to tell: docs/provenance.md has the figures."""
BLOCK_PX = 512
"""Larger blocks would need finer steps between scales; the mark shows in smaller ones."""
TRANSFORM_PX = 2 * BLOCK_PX
"""Twice the block: between the transform's frequencies little is lost."""
FINE_PX = 1536
"""Up to which size blocks overlap by half."""
SMOOTH_PX, EVEN_PX = 17, 33
DRIFT = 0.5
"""Periods of the shortest wave by which a block may be off between two scales, at its edges
together."""


@dataclass(frozen=True)
class Finding:
    """The score of the first block where it counts, else the best of all."""

    score: float
    scale: float
    """Of the picture, against what was marked."""
    is_too_small: bool

    @property
    def is_found(self) -> bool:
        return self.score >= FOUND


def find_mark(luma: np.ndarray) -> Finding:
    """Look for the mark in (H, W) luma of range 0–255."""
    best = (-np.inf, 1.0)
    for block in _blocks(luma):
        best = max(best, *_scores(block))
        if best[0] >= FOUND:
            break
    return Finding(*best, min(luma.shape) < LEAST_PX)


def _scores(block: np.ndarray) -> Iterator[tuple[float, float]]:
    """The score at each scale."""
    height, width = block.shape
    window = _window(height)[:, None] * _window(width)
    spectrum = np.fft.rfft2(block * window, (TRANSFORM_PX, TRANSFORM_PX))
    step = DRIFT * SHORTEST_PX / max(height, width)
    for scale in np.exp(np.arange(np.log(SMALLEST), np.log(LARGEST), step)):
        yield _score(spectrum, block.shape, float(scale)), float(scale)


def _score(spectrum: np.ndarray, shape: tuple[int, ...], scale: float) -> float:
    listed = waves()
    down, across = (
        periods * TRANSFORM_PX / (scale * TILE_PX) for periods in (listed.down, listed.across)
    )
    is_there = np.hypot(down, across) < 0.48 * TRANSFORM_PX  # the rest is beyond the pixels' grid
    down, across = down[is_there], across[is_there]
    rows, columns = np.rint(down).astype(int), np.rint(across).astype(int)
    # Half of the transform is kept: the other half is its conjugate.
    is_other_half = columns < 0
    found = spectrum[np.where(is_other_half, -rows, rows) % TRANSFORM_PX, np.abs(columns)]
    found = np.where(is_other_half, found.conj(), found)
    # Each is taken at the nearest frequency; seen from the block's middle that turns no phase.
    off = (down - rows) * shape[0] / 2 + (across - columns) * shape[1] / 2
    found = found * np.exp(-2j * np.pi * off / TRANSFORM_PX)
    agreement = found / (np.abs(found) + 1e-6) * listed.phases[is_there].conj()
    shifted = np.zeros((TILE_PX, TILE_PX), np.complex128)
    shifted[listed.down[is_there] % TILE_PX, listed.across[is_there] % TILE_PX] = agreement
    best = np.fft.ifft2(shifted).real.max() * TILE_PX**2
    return float(best / np.sqrt(is_there.sum() / 2))


def _evened(luma: np.ndarray) -> np.ndarray:
    """Without the picture's shapes, and equally rough everywhere: there the mark counts most."""
    detail = luma - _mean_around(luma, SMOOTH_PX)
    # Where it is 0, rounding can leave a little less.
    roughness = np.sqrt(np.maximum(0, _mean_around(detail * detail, EVEN_PX)))
    evened: np.ndarray = np.clip(detail / (roughness + 1), -3, 3)
    return evened


def _mean_around(values: np.ndarray, size: int) -> np.ndarray:
    half = size // 2
    padded = np.pad(values, ((half + 1, half), (half + 1, half)), mode="edge")
    sums = padded.cumsum(0, dtype=np.float64).cumsum(1)
    sums = sums[size:] - sums[:-size]
    means: np.ndarray = (sums[:, size:] - sums[:, :-size]) / size**2
    return means.astype(np.float32)


def _blocks(luma: np.ndarray) -> Iterator[np.ndarray]:
    """The picture's blocks, evened with what lies around them."""
    for y in _starts(luma.shape[0]):
        for x in _starts(luma.shape[1]):
            top, left = max(0, y - EVEN_PX), max(0, x - EVEN_PX)
            around = luma[top : y + BLOCK_PX + EVEN_PX, left : x + BLOCK_PX + EVEN_PX]
            evened = _evened(around.astype(np.float32))
            yield evened[y - top : y - top + BLOCK_PX, x - left : x - left + BLOCK_PX]


def _starts(length: int) -> list[int]:
    if length <= BLOCK_PX:
        return [0]
    stride = BLOCK_PX // 2 if length <= FINE_PX else BLOCK_PX
    count = -(-(length - BLOCK_PX) // stride)
    return [round(i * (length - BLOCK_PX) / count) for i in range(count + 1)]


def _window(length: int) -> np.ndarray:
    """(length,) ones that fall off towards both ends, so that the edges make no waves."""
    fall = max(1, length // 8)
    window = np.ones(length, np.float32)
    window[:fall] = 0.5 - 0.5 * np.cos(np.pi * (np.arange(fall) + 0.5) / fall)
    window[-fall:] = window[:fall][::-1]
    return window
