"""What one edit will change, and what it may look at: decided from the document's facts."""

from __future__ import annotations

from dataclasses import dataclass

from .protocol.bounds import Bounds, context_window
from .protocol.errors import SDEditError
from .studio import DocumentFacts

MODELS = {
    "RGBA": "RGB",
    "GRAYA": "greyscale",
    "CMYKA": "CMYK",
    "LABA": "L*a*b*",
    "XYZA": "XYZ",
    "YCbCrA": "YCbCr",
    "A": "alpha-only",
}
EDITED_MODELS = ("RGBA", "GRAYA", "CMYKA", "LABA")
DEPTHS = {"U8": "8-bit", "U16": "16-bit", "F16": "16-bit float", "F32": "32-bit float"}


class NothingToEdit(SDEditError):
    """The document, or its selection, leaves nothing that could be edited."""

    code = "nothing-to-edit"


@dataclass(frozen=True)
class Plan:
    """One edit of one document: ``area`` may change, ``window`` is what the model sees."""

    document: int
    layer: str
    canvas: Bounds
    area: Bounds
    window: Bounds
    has_selection: bool


def plan_edit(facts: DocumentFacts | None) -> Plan:
    """The edit that Generate would make now. Raises NothingToEdit with a sentence."""
    if facts is None:
        raise NothingToEdit("No document is open.", "Open or create one to begin.")
    if facts.model not in EDITED_MODELS or facts.depth not in DEPTHS:
        raise NothingToEdit(
            f"This document is {kind_in_words(facts)}; "
            "SDEdit edits RGB, greyscale, CMYK and L*a*b* documents.",
            "Convert it with Image ▸ Convert Image Color Space…",
        )
    area = facts.canvas
    if facts.selection is not None:
        if facts.selection.is_empty:
            raise NothingToEdit(
                "The selection is empty.", "Select an area, or deselect to edit the whole canvas."
            )
        area = facts.selection.intersection(facts.canvas)
        if area.is_empty:
            raise NothingToEdit(
                "The selection lies outside the canvas.", "Move it onto the canvas, or deselect."
            )
    return Plan(
        facts.document,
        facts.layer,
        facts.canvas,
        area,
        context_window(area, facts.canvas),
        facts.selection is not None,
    )


def kind_in_words(facts: DocumentFacts) -> str:
    """The document's kind as an artist would say it: "16-bit float RGB"."""
    model = MODELS.get(facts.model, facts.model)
    return f"{DEPTHS.get(facts.depth, facts.depth)} {model}"
