"""Stroke paintings simulated from photographs, as in SDEdit's paper (appendix C.2)."""

from __future__ import annotations

from PIL import Image, ImageFilter

KERNEL_PX = 23
"""The paper's median filter, for pictures of 256 px."""


def simulate_strokes(picture: Image.Image, colours: int = 6) -> Image.Image:
    """The picture as broad strokes of few colours: median filter, then an adaptive palette.

    The kernel is 23 px at a height of 256 px and follows the height, so that strokes stay as
    broad in the composition. colours: 1–256. Returns RGB of the same size.
    """
    kernel = max(3, round(KERNEL_PX * picture.height / 256) | 1)
    smooth = picture.convert("RGB").filter(ImageFilter.MedianFilter(kernel))
    return smooth.quantize(
        colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    ).convert("RGB")
