"""Which size of picture fits into the memory there is, found by trying."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from backend.models.devices import is_device_lost
from backend.models.model import Model
from backend.worker.job import run_edit
from backend.worker.memory import give_memory_back
from protocol.bounds import Bounds
from protocol.images import Image
from protocol.messages import EditRequest

LEAST_PX = 64
"""Smaller areas are of no use to an artist."""


def largest_fit(
    request: EditRequest, model: Model, goes_on: Callable[[], bool]
) -> tuple[int, int] | None:
    """Width and height of the largest edit like this one that fits, halved until one does.

    Each size is tried with a single step. None when none fits, or when ``goes_on``, asked before
    each, says no.
    """
    width, height = request.guide.bounds.width, request.guide.bounds.height
    while min(width, height) >= 2 * LEAST_PX and goes_on():
        width, height = width // 2, height // 2
        if _fits(_one_step(request, width, height), model):
            return width, height
        give_memory_back()
    return None


def _fits(request: EditRequest, model: Model) -> bool:
    try:
        for _ in run_edit(request, model):
            pass
    except (MemoryError, RuntimeError) as error:
        if is_device_lost(error):
            raise
        return False  # Short of memory, libraries fail in many words.
    return True


def _one_step(request: EditRequest, width: int, height: int) -> EditRequest:
    bounds = Bounds(request.guide.bounds.x, request.guide.bounds.y, width, height)
    pixel_format = request.guide.format
    guide = Image(bounds, pixel_format, bytes(width * height * pixel_format.bytes_per_pixel))
    return replace(request, guide=guide, mask=None, footprint=None, t0_map=None, steps=1, repeats=1)
