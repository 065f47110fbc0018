"""The active document's selection: one byte a pixel, 0 kept to 255 wholly selected."""

from __future__ import annotations

from typing import Any

from krita import Selection

from . import documents


def read() -> dict[str, Any] | None:
    """The selection's rectangle and its bytes, or None."""
    selection = documents.active().selection()
    if selection is None:
        return None
    rect = [selection.x(), selection.y(), selection.width(), selection.height()]
    return {"rect": rect, "pixels": bytes(selection.pixelData(*rect))}


def set_rectangle(rect: list[int], value: int) -> None:
    """Select a rectangle, wholly (255) or softly."""
    selection = Selection()
    selection.select(*rect, value)
    _set(selection)


def set_pixels(rect: list[int], pixels: bytes) -> None:
    """Select a rectangle with one value for each pixel."""
    if len(pixels) != rect[2] * rect[3]:
        raise ValueError(f"{len(pixels)} bytes for a selection of {rect}")
    selection = Selection()
    selection.select(*rect, 255)
    selection.setPixelData(pixels, *rect)
    _set(selection)


def set_empty() -> None:
    """Set a selection that selects nothing, which is not the same as none."""
    _set(Selection())


def clear() -> None:
    """Have no selection."""
    _set(None)


def _set(selection: Selection | None) -> None:
    document = documents.active()
    document.setSelection(selection)
    document.waitForDone()
