"""The three ways of working, and which of them a document asks for.

refine: the whole canvas. local: what is selected, else the strokes on a layer of their own. blend:
the edge of a layer that was pasted or moved; the layer itself stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Mapping

from .protocol.bounds import Bounds
from .protocol.footprints import fitting_edge_px
from .settings import ALONE, BELOW, Settings
from .studio import DocumentFacts


class Way(Enum):
    """What an edit is about."""

    REFINE = "refine"
    LOCAL = "local"
    BLEND = "blend"


@dataclass(frozen=True)
class Place:
    """Where an earlier result is: in ``bounds`` as far as the layer ``mask_of`` is opaque, or with
    ``bounds`` None wherever its guide's layer says."""

    bounds: Bounds | None = None
    mask_of: str = ""


@dataclass(frozen=True)
class Choices:
    """What the artist has chosen for a document."""

    guide: str = BELOW
    ways: Mapping[str, Way] = field(default_factory=dict)
    """By layer; for all others the way is found out."""
    t0_map: str = ""
    """The layer or mask whose grey is the t0 map; "" for none."""
    is_t0_map_gone: bool = False
    area: Bounds | None = None
    """What may change at most, in place of what the layer or the canvas says."""
    layer: str = ""
    """The guide's layer, in place of the active one."""
    place: Place | None = None
    """What may change, in place of the selection."""

    def with_way(self, layer: str, way: Way) -> Choices:
        """The same with that way for that layer."""
        return replace(self, ways={**self.ways, layer: way})


NO_CHOICES = Choices()


def edge_px(way: Way, painted: Bounds) -> int:
    """How far around a layer's paint an edit reaches: a share of its size."""
    return fitting_edge_px("object" if way is Way.BLEND else "strokes", painted)


def way_of(facts: DocumentFacts, choices: Choices) -> Way:
    """The way that the artist has chosen for the layer, or else that fits it."""
    chosen = choices.ways.get(facts.layer)
    if chosen is not None and chosen in possible_ways(facts, choices):
        return chosen
    return _fitting_way(facts, choices)


def possible_ways(facts: DocumentFacts, choices: Choices) -> tuple[Way, ...]:
    """The ways that can be chosen: a selection is always kept to, and an edge must be there."""
    is_selected = facts.selection is not None
    has_edge = _has_edge(facts, choices)
    possible = {
        Way.REFINE: not is_selected,
        Way.LOCAL: is_selected or has_edge,
        Way.BLEND: has_edge,
    }
    return tuple(way for way in Way if possible[way])


def is_local_by_strokes(facts: DocumentFacts, way: Way) -> bool:
    """Whether the strokes' own shape is the area, for nothing is selected."""
    return way is Way.LOCAL and facts.selection is None


def _fitting_way(facts: DocumentFacts, choices: Choices) -> Way:
    if facts.selection is not None:
        return Way.LOCAL
    is_own = _has_edge(facts, choices) and facts.look.is_over_picture
    if not is_own or choices.guide == ALONE:
        return Way.REFINE
    return Way.BLEND if facts.look.is_textured else Way.LOCAL


def _has_edge(facts: DocumentFacts, choices: Choices) -> bool:
    """Whether the active layer has a shape of its own: paint, and clear pixels around it."""
    is_part = not facts.painted.is_empty and facts.look.has_clear
    return is_part and facts.is_shown and facts.layer != choices.t0_map


def settings_for(settings: Settings, way: Way) -> Settings:
    """Blending has a t0 of its own: the two change places when it begins and when it ends."""
    is_blending = way is Way.BLEND
    if settings.is_blending == is_blending:
        return settings
    return replace(settings, t0=settings.other_t0, other_t0=settings.t0, is_blending=is_blending)
