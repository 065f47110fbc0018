"""Krita's documents and layers, found again by what identifies them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from krita import Krita

from ..protocol.bounds import Bounds
from ..protocol.images import PixelFormat
from ..studio import NamedLayer

MASK_KINDS = frozenset(
    ("transparencymask", "filtermask", "transformmask", "selectionmask", "colorizemask")
)
PIXEL_KINDS = frozenset(("paintlayer", "grouplayer", "vectorlayer", "clonelayer", "filelayer"))
"""Layers with a picture of their own."""
GREY_KINDS = PIXEL_KINDS | {"filllayer", "transparencymask", "filtermask", "selectionmask"}
"""Layers and masks whose grey can be a t0 map."""


class OpenDocuments:
    """Numbers for documents. Krita gives them no lasting name, but its handles compare equal."""

    def __init__(self) -> None:
        self._known: dict[int, Any] = {}
        self._last = 0

    def number_of(self, document: Any) -> int:
        """The document's number in this session of Krita; a new one for a new document."""
        for number, known in self._known.items():
            if known == document:
                return number
        still_open = Krita.instance().documents()
        self._known = {
            number: known
            for number, known in self._known.items()
            if any(known == other for other in still_open)
        }
        self._last += 1
        self._known[self._last] = document
        return self._last

    def find(self, number: int) -> Any | None:
        """The open document of that number, or None when it has been closed."""
        known = self._known.get(number)
        if known is None:
            return None
        return next((other for other in Krita.instance().documents() if other == known), None)


def canvas_of(document: Any) -> Bounds:
    """The document's canvas."""
    return Bounds(0, 0, document.width(), document.height())


def format_of(document: Any) -> PixelFormat:
    """What the document's raw pixels are."""
    return PixelFormat(document.colorModel(), document.colorDepth(), document.colorProfile())


def find_layer(document: Any, identity: str) -> Any | None:
    """The layer of that identity, or None when it is no longer in the document.

    Found by looking: `nodeByUniqueID` of Krita 5.1 gives an object that other calls refuse.
    """
    layers = all_layers(document.rootNode())
    return next((node for node in layers if identity_of(node) == identity), None)


def children(group: Any) -> list[Any]:
    """The layers and masks right inside a group, lowest first. Use them at once; keep none.

    Krita 5.1 never frees these handles, and each holds its layer's pixels in memory, even of a
    document that is closed: so Qt is told to free them when its loop has its next turn.
    """
    nodes: list[Any] = group.childNodes()
    for node in nodes:
        node.deleteLater()
    return nodes


def layers_in(group: Any) -> list[Any]:
    """The same without masks."""
    return [node for node in children(group) if node.type() not in MASK_KINDS]


def all_layers(group: Any) -> Iterator[Any]:
    """All layers and masks inside a group, at any depth."""
    for node in children(group):
        yield node
        yield from all_layers(node)


def t0_map_layers(document: Any) -> list[NamedLayer]:
    """The layers and masks that have a grey of their own, from the top down."""
    found = [
        NamedLayer(identity_of(node), node.name())
        for node in all_layers(document.rootNode())
        if node.type() in GREY_KINDS
    ]
    return found[::-1]


def identity_of(node: Any) -> str:
    """What stays the same for a layer as long as it lives: its handles do not compare equal."""
    return str(node.uniqueId().toString())


def active_layer(document: Any) -> Any | None:
    """The active layer; for an active mask the layer it belongs to, None for the global one."""
    node = document.activeNode()
    while node is not None and node.type() in MASK_KINDS:
        node = node.parentNode()
    return None if node is None or is_root(node) else node


def is_root(node: Any) -> bool:
    """Whether this is the unseen group around all layers."""
    return node.parentNode() is None


def is_shown(layer: Any) -> bool:
    """Whether the layer and every group around it is visible."""
    while not is_root(layer):
        if not layer.visible():
            return False
        layer = layer.parentNode()
    return True


def layers_above(layer: Any) -> list[Any]:
    """All layers above this one: in its own group, and above each group around it."""
    return [node for _, above in _neighbours(layer) for node in above]


def layers_below(layer: Any) -> list[Any]:
    """The same below it."""
    return [node for below, _ in _neighbours(layer) for node in below]


def layers_beside(layer: Any) -> list[Any]:
    """All layers but this one, the groups around it, and what is inside of it."""
    return [*layers_below(layer), *layers_above(layer)]


def _neighbours(layer: Any) -> Iterator[tuple[list[Any], list[Any]]]:
    """The layers below and above this one in its own group, then those of each group around it."""
    while not is_root(layer):
        parent = layer.parentNode()
        siblings = layers_in(parent)
        place = [identity_of(node) for node in siblings].index(identity_of(layer))
        yield siblings[:place], siblings[place + 1 :]
        layer = parent
