"""Edits to keep, small and of any format."""

from __future__ import annotations

import os
import uuid
from typing import Any

from protocol.bounds import Bounds
from protocol.images import MASK, Image, PixelFormat
from protocol.messages import EditRequest, Result

OWNER = "the artist's key"
DOCUMENT = "a painting's own name"


def image(side: int = 8, pixel_format: PixelFormat | None = None) -> Image:
    bounds, pixel_format = Bounds(-3, 5, side, side), pixel_format or PixelFormat(profile="sRGB")
    return Image(bounds, pixel_format, os.urandom(side * side * pixel_format.bytes_per_pixel))


def edit(side: int = 8, pictures: int = 1, **changes: Any) -> tuple[EditRequest, Result]:
    """A request that is kept, and its result."""
    pixel_format = changes.pop("pixel_format", None)
    values = {"job_id": uuid.uuid4().hex, "document": DOCUMENT, **changes}
    request = EditRequest(
        guide=image(side, pixel_format),
        canvas_width=side,
        canvas_height=side,
        mask=image(side, MASK),
        t0_map=image(side, MASK),
        variants=pictures,
        **values,
    )
    results = [image(side, pixel_format) for _ in range(pictures)]
    thumbnails = [image(4) for _ in range(pictures)]
    recipe = {**request.recipe(), "torch": "2.0"}
    return request, Result(request.job_id, results, 1.5, recipe, (), thumbnails)
