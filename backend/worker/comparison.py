"""Whether an edit made again gave the same pictures, and if not, how far off they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from protocol.errors import InvalidValue
from protocol.images import CHANNELS, Image
from protocol.messages import EditAgain, Result, Verified

FULL_RANGE = {"U8": 255, "U16": 65535}
DTYPES = {"U8": np.uint8, "U16": np.uint16, "F16": np.float16, "F32": np.float32}
NOT_COMPARED = ("entry", "python")
"""Of a recipe: what says nothing of the pixels."""
BAND_BYTES = 1 << 24
"""Compared at a time, so that no copies of whole pictures are made."""


def compare(again: EditAgain, result: Result) -> Verified:
    """The answer to an edit made again. Raises InvalidValue when its pictures are of another kind
    than it makes."""
    pairs = list(zip(again.pictures, result.pictures))
    if len(again.pictures) != len(result.pictures) or any(
        (then.bounds, then.format) != (now.bounds, now.format) for then, now in pairs
    ):
        raise InvalidValue("The pictures to compare with are not those of this edit.")
    largest, differing = 0.0, 0
    for then, now in pairs:
        largest_here, differing_here = _difference(then, now)
        largest, differing = max(largest, largest_here), differing + differing_here
    pixels = sum(now.bounds.width * now.bounds.height for now in result.pictures)
    changed = _changed(again.recipe_then, result.recipe)
    depth = result.pictures[0].format.depth
    return Verified(
        again.job_id,
        not differing,
        min(largest, 1e9),
        differing,
        pixels,
        " ".join(changed),
        _sentence(largest, differing, pixels, depth, again.recipe_then, result.recipe, changed),
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


def _changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The names of what is not as it was."""
    names = dict.fromkeys((*then, *now))
    return [
        name
        for name in names
        if name in then and name not in NOT_COMPARED and then[name] != now.get(name)
    ]


def _sentence(
    largest: float,
    differing: int,
    pixels: int,
    depth: str,
    then: Mapping[str, Any],
    now: Mapping[str, Any],
    changed: list[str],
) -> str:
    if not differing:
        said = "The same picture to the bit."
    else:
        steps = FULL_RANGE.get(depth)
        by = f"{largest:.3g}" if steps is None else f"{round(largest * steps)} of {steps} steps"
        said = f"{differing:,} of {pixels:,} pixels differ, by at most {by}."
    if changed:
        listed = ", ".join(
            f"{name} was {then[name]} and is {now.get(name, '')}" for name in changed
        )
        said += f" Not as it was then: {listed}."
    return said[:4096]
