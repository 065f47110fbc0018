"""What pixels a recipe was made for, in a few letters."""

from __future__ import annotations

import hashlib

from protocol.images import Image


def digest(image: Image | None) -> str:
    """Of the raw pixels, BLAKE2b of 128 bits; "" for none."""
    return "" if image is None else hashlib.blake2b(image.data, digest_size=16).hexdigest()


def format_in_words(image: Image) -> str:
    """Colour model, depth and profile: "RGBA U8 sRGB-elle-V2-srgbtrc.icc"."""
    form = image.format
    return f"{form.model} {form.depth} {form.profile}".strip()
