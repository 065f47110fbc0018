"""Two pictures of one size beside each other: before and after."""

from __future__ import annotations

from PIL import Image

from backend.pictures.files import has_transparency

GAP_PX = 8


def side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    """Both in one RGB picture, or RGBA when one of them has transparency; profile of the left."""
    mode = "RGBA" if has_transparency(left) or has_transparency(right) else "RGB"
    size = (left.width + GAP_PX + right.width, max(left.height, right.height))
    both = Image.new(mode, size, (255,) * len(mode))
    both.paste(left.convert(mode), (0, 0))
    both.paste(right.convert(mode), (left.width + GAP_PX, 0))
    if "icc_profile" in left.info and left.mode not in ("L", "LA"):  # else it is a grey profile
        both.info["icc_profile"] = left.info["icc_profile"]
    return both
