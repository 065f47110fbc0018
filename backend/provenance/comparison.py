"""Whether an edit made again gave the same pictures, and if not, how far off they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backend.pictures.formats import DTYPES
from protocol.errors import InvalidValue
from protocol.images import CHANNELS, Image
from protocol.limits import LIMITS
from protocol.messages import Verified
from protocol.sentences import sendable

FULL_RANGE = {"U8": 255, "U16": 65535}
NOT_COMPARED = ("python",)
"""Of a recipe: what says nothing of the pixels."""
BAND_BYTES = 1 << 24
"""Compared at a time, so that no copies of whole pictures are made."""


def compare(
    job_id: str,
    then: Sequence[Image],
    now: Sequence[Image],
    recipe_then: Mapping[str, Any],
    recipe_now: Mapping[str, Any],
) -> Verified:
    """What an edit gave, and what it gives now. Raises InvalidValue for pictures that cannot be of
    the same edit."""
    pairs = list(zip(then, now))
    if len(then) != len(now) or any(
        (one.bounds, one.format) != (other.bounds, other.format) for one, other in pairs
    ):
        raise InvalidValue("The pictures to compare with are not those of this edit.")
    largest, differing = 0.0, 0
    for one, other in pairs:
        largest_here, differing_here = _difference(one, other)
        largest, differing = max(largest, largest_here), differing + differing_here
    pixels = sum(picture.bounds.width * picture.bounds.height for picture in now)
    said = _in_words(largest, differing, pixels, FULL_RANGE.get(now[0].format.depth))
    changed = [
        name
        for name, value in recipe_then.items()
        if name not in NOT_COMPARED and value != recipe_now.get(name)
    ]
    if changed:
        words = (f"{name} was {recipe_then[name]}, is {recipe_now.get(name)}" for name in changed)
        said += f" Not as it was then: {'; '.join(words)}."
    return Verified(
        job_id,
        is_equal=not differing,
        largest_difference=min(largest, 1e9),
        differing_pixels=differing,
        pixels=pixels,
        changed=sendable(" ".join(changed), LIMITS.text),
        sentence=sendable(said, LIMITS.text),
    )


def _difference(then: Image, now: Image) -> tuple[float, int]:
    """The largest difference of any channel, in parts of its range, and the pixels that differ."""
    raw = [np.frombuffer(image.data, np.uint8) for image in (then, now)]
    pixel, depth = then.format.bytes_per_pixel, then.format.depth
    band = BAND_BYTES // pixel * pixel
    largest, differing = 0.0, 0
    for start in range(0, len(raw[0]), band):
        one, other = (data[start : start + band].reshape(-1, pixel) for data in raw)
        differs = (one != other).any(axis=1)
        if not differs.any():
            continue
        differing += int(differs.sum())
        values = [
            part[differs]
            .view(DTYPES[depth])
            .astype(np.float64)
            .reshape(-1, CHANNELS[then.format.model])
            for part in (one, other)
        ]
        with np.errstate(invalid="ignore"):
            distance = np.abs(values[0] - values[1])
        largest = max(largest, float(np.nan_to_num(distance, nan=np.inf).max()))
    return largest / FULL_RANGE.get(depth, 1), differing


def _in_words(largest: float, differing: int, pixels: int, steps: int | None) -> str:
    if not differing:
        return "The same picture to the bit."
    by = f"{largest:.3g}" if steps is None else f"{round(largest * steps)} of {steps}"
    return f"{differing:,} of {pixels:,} pixels differ, by at most {by}."
