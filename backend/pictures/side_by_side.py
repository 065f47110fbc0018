"""Pictures of one size beside each other: before and after."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from backend.pictures.deep import Picture, has_transparency, in_8_bits

GAP_PX = 8


def side_by_side(side: Sequence[Picture]) -> Image.Image:
    """All in one RGB picture of 8 bits a channel, or RGBA when one of them has transparency;
    profile of the first."""
    pictures = [in_8_bits(picture) for picture in side]
    first = pictures[0]
    mode = "RGBA" if any(map(has_transparency, pictures)) else "RGB"
    step = first.width + GAP_PX
    row = Image.new(mode, (len(pictures) * step - GAP_PX, first.height), (255,) * len(mode))
    for place, picture in enumerate(pictures):
        row.paste(picture.convert(mode), (place * step, 0))
    if "icc_profile" in first.info and first.mode not in ("L", "LA"):  # else it is a grey profile
        row.info["icc_profile"] = first.info["icc_profile"]
    return row
