"""What may change around a layer of its own: around strokes, or along a pasted object's edge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from backend.pictures.pixels import rgb_over_white
from protocol.images import MASK, Image
from protocol.messages import EditRequest, JobRequest

Request = TypeVar("Request", bound=JobRequest)

HEART_SHARE = 0.4
"""Of t0, deep inside an object: it takes on the light, and stays what it is."""


def with_areas(request: Request) -> Request:
    """The request with its footprint told by the mask and the t0 map, both in plain grey."""
    changes: dict[str, Any] = {}
    t0_map = request.t0_map if isinstance(request, EditRequest) else None
    if t0_map is not None and t0_map.format != MASK:
        t0_map = changes["t0_map"] = grey_of(t0_map, request.profile)
    if request.footprint is not None:
        alpha = _array(request.footprint)
        mask = strokes_mask(alpha, request.edge_px)
        if request.mask is not None:
            mask = np.minimum(mask, _array(request.mask))
        changes |= {"mask": _grey(mask, request), "footprint": None}
        if isinstance(request, EditRequest) and request.footprint_of == "object":
            share = object_map(alpha, request.edge_px)
            if t0_map is not None:
                share = share * (_array(t0_map) / np.float32(255))
            changes["t0_map"] = _grey(np.rint(share * 255).astype(np.uint8), request)
    return replace(request, **changes) if changes else request


def strokes_mask(alpha: np.ndarray, edge_px: int) -> np.ndarray:
    """(H, W) uint8: all within half of ``edge_px`` of what is painted, softly out to all of it."""
    distance = distance_to(alpha > 0, edge_px + 1)
    share = 2 * (edge_px + 1 - distance) / (edge_px + 1)
    mask: np.ndarray = np.rint(255 * share.clip(0, 1)).astype(np.uint8)
    return mask


def object_map(alpha: np.ndarray, edge_px: int) -> np.ndarray:
    """(H, W) float32, shares of t0: all of it around an object and along its edge, less inside."""
    depth = distance_to(alpha < 128, 2 * edge_px)
    share: np.ndarray = 1 - (depth / edge_px - 1).clip(0, 1) * (1 - HEART_SHARE)
    return share


def distance_to(shape: np.ndarray, most: int) -> np.ndarray:
    """(H, W) float32: each pixel's distance to the nearest one of ``shape``, at most ``most``.

    Exact between the centres of pixels: the nearest in each row by a sweep to either side, then
    the nearest of the rows around.
    """
    height, width = shape.shape
    columns = np.arange(width, dtype=np.int32)
    before = np.maximum.accumulate(np.where(shape, columns, -most - width), axis=1)
    after = np.where(shape, columns, 2 * width + most)[:, ::-1]
    after = np.minimum.accumulate(after, axis=1)[:, ::-1]
    in_row = np.minimum(np.minimum(columns - before, after - columns), most)
    squared = np.pad(in_row**2, ((most, most), (0, 0)), constant_values=most**2)
    nearest = np.full((height, width), most**2, np.int32)
    for rows in range(-most, most + 1):
        start = most + rows
        np.minimum(nearest, squared[start : start + height] + rows**2, out=nearest)
    return np.sqrt(nearest, dtype=np.float32)


def grey_of(picture: Image, profile: bytes | None) -> Image:
    """A picture's lightness as it looks on white paper: Rec. 709 luma of its sRGB values."""
    rgb = rgb_over_white(picture, profile)[0].numpy()
    red, green, blue = (rgb + 1) * 127.5
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return Image(picture.bounds, MASK, np.rint(luma).clip(0, 255).astype(np.uint8).tobytes())


def _grey(values: np.ndarray, request: JobRequest) -> Image:
    return Image(request.guide.bounds, MASK, values.tobytes())


def _array(grey: Image) -> np.ndarray:
    pixels = np.frombuffer(grey.data, np.uint8)
    return pixels.reshape(grey.bounds.height, grey.bounds.width)
