"""What one edit will change, and what it may look at: decided from the document's facts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .i18n import _
from .protocol.bounds import Bounds, context_window
from .protocol.errors import SDEditError
from .settings import ALONE, VISIBLE
from .studio import DocumentFacts, Wanted
from .ways import NO_CHOICES, Choices, Way, edge_px, is_local_by_strokes, way_of

MODELS = {
    "RGBA": "RGB",
    "GRAYA": _("greyscale"),
    "CMYKA": "CMYK",
    "LABA": "L*a*b*",
    "XYZA": "XYZ",
    "YCbCrA": "YCbCr",
    "A": _("alpha-only"),
}
EDITED_MODELS = ("RGBA", "GRAYA", "CMYKA", "LABA")
DEPTHS = {
    "U8": _("8-bit"),
    "U16": _("16-bit"),
    "F16": _("16-bit float"),
    "F32": _("32-bit float"),
}


class NothingToEdit(SDEditError):
    """The document, or its selection, leaves nothing that could be edited."""

    code = "nothing-to-edit"


@dataclass(frozen=True)
class Plan:
    """One edit of one document: only in ``area`` may pixels change."""

    document: int
    canvas: Bounds
    area: Bounds
    way: Way
    edge_px: int
    wanted: Wanted

    @property
    def layer(self) -> str:
        """The layer above which the result comes; "" for the top."""
        return self.wanted.layer

    @property
    def window(self) -> Bounds:
        """What the model sees."""
        return self.wanted.window


def plan_edit(facts: DocumentFacts | None, choices: Choices = NO_CHOICES) -> Plan:
    """The edit that Generate would make now. Raises NothingToEdit with a sentence."""
    if facts is None:
        raise NothingToEdit(_("No document is open."), _("Open or create one to begin."))
    if facts.model not in EDITED_MODELS or facts.depth not in DEPTHS:
        raise NothingToEdit(
            _(
                "This document is {kind}; SDEdit edits RGB, greyscale, CMYK and L*a*b* documents."
            ).format(kind=kind_in_words(facts)),
            _("Convert it with Image ▸ Convert Image Color Space…"),
        )
    place = choices.place
    if place is not None:
        facts = replace(facts, selection=place.bounds)
    if choices.t0_map and choices.is_t0_map_gone:
        raise t0_map_gone()
    is_alone = choices.guide == ALONE and bool(facts.layer)
    if is_alone and not facts.is_shown:
        raise NothingToEdit(
            _("The active layer is hidden."), _("Show it, or choose another guide.")
        )
    way = way_of(facts, choices)
    has_footprint = choices.area is None and _has_footprint(facts, way)
    edge = edge_px(way, facts.painted) if has_footprint else 0
    area = _area(facts, edge)
    if choices.area is not None:
        area = area.intersection(choices.area)
        if area.is_empty:
            raise NothingToEdit(_("What was painted lies outside the selection."), _("Deselect."))
    wanted = Wanted(
        window=context_window(area, facts.canvas),
        layer="" if choices.guide == VISIBLE else facts.layer,
        is_alone=is_alone,
        has_mask=facts.selection is not None,
        mask_of="" if place is None else place.mask_of,
        footprint=facts.layer if edge else "",
        t0_map=choices.t0_map,
        frame=None if facts.animation is None else facts.animation.frame,
    )
    return Plan(facts.document, facts.canvas, area, way, edge, wanted)


def _has_footprint(facts: DocumentFacts, way: Way) -> bool:
    return way is Way.BLEND or is_local_by_strokes(facts, way)


def _area(facts: DocumentFacts, edge: int) -> Bounds:
    """What may change: inside the selection, and no farther than ``edge`` from the layer's paint
    if that is not 0."""
    area = facts.canvas
    if facts.selection is not None:
        if facts.selection.is_empty:
            raise NothingToEdit(
                _("The selection is empty."),
                _("Select an area, or deselect to edit the whole canvas."),
            )
        area = facts.selection.intersection(facts.canvas)
        if area.is_empty:
            raise NothingToEdit(
                _("The selection lies outside the canvas."),
                _("Move it onto the canvas, or deselect."),
            )
    if edge:
        area = facts.painted.grown(edge).intersection(area)
        if area.is_empty:
            raise NothingToEdit(
                _("The selection lies outside the layer."), _("Select its edge, or deselect.")
            )
    return area


def t0_map_gone() -> NothingToEdit:
    """The error that says so."""
    return NothingToEdit(
        _("The layer of the t0 map is gone."), _("Choose another one, or None, under More.")
    )


def kind_in_words(facts: DocumentFacts) -> str:
    """The document's kind as an artist would say it: "16-bit float RGB"."""
    model = MODELS.get(facts.model, facts.model)
    depth = DEPTHS.get(facts.depth, facts.depth)
    return _("{depth} {model}").format(depth=depth, model=model)
