"""Stroke paintings simulated from photographs, as in SDEdit's paper (appendix C.2)."""

from __future__ import annotations

import numpy as np
from PIL import Image

KERNEL_PX = 23
"""The paper's median filter, for pictures of 256 px."""


def simulate_strokes(picture: Image.Image, colours: int = 6) -> Image.Image:
    """The picture as broad strokes of few colours: median filter, then an adaptive palette.

    The kernel is 23 px at a height of 256 px and follows the height, so that strokes stay as
    broad in the composition. colours: 1–256. Returns RGB of the same size.
    """
    return in_few_colours(smoothed(picture), colours)


def smoothed(picture: Image.Image) -> Image.Image:
    """The strokes' shapes: what the median filter leaves of the picture, in RGB."""
    kernel = max(3, round(KERNEL_PX * picture.height / 256) | 1)
    return Image.fromarray(median_filter(np.asarray(picture.convert("RGB")), kernel))


def in_few_colours(picture: Image.Image, colours: int) -> Image.Image:
    """The RGB picture in the best ``colours`` (1–256) for it."""
    return picture.quantize(
        colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    ).convert("RGB")


def median_filter(pixels: np.ndarray, kernel: int) -> np.ndarray:
    """Each value's median in a square of ``kernel`` px (odd) around it; edges are repeated.

    pixels: (H, W, C) uint8. Pillow's filter gives the same, but takes time with kernel² (4 s for
    512×256 at 23 px, where this takes 1.2 s, and hours at 1024 px). The median is above a level
    exactly where at most half of the square is not, and squares are counted with running sums.
    """
    reach, half = kernel // 2, kernel**2 // 2
    padded = np.pad(pixels, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    # Sums may wrap around: their differences are counts of at most kernel², and right all the same.
    counts = np.uint16 if kernel**2 < 2**16 else np.uint32
    height, width, channels = pixels.shape
    down = np.zeros((height + kernel, width + kernel - 1, channels), counts)
    across = np.zeros((width + kernel, height, channels), counts)
    median = np.full(pixels.shape, pixels.min())
    for level in range(int(pixels.min()), int(pixels.max())):
        np.cumsum(padded <= level, axis=0, dtype=counts, out=down[1:])
        columns = (down[kernel:] - down[:-kernel]).transpose(1, 0, 2)
        np.cumsum(columns, axis=0, dtype=counts, out=across[1:])
        median += (across[kernel:] - across[:-kernel] <= half).transpose(1, 0, 2)
    return median
