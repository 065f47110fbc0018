"""What made our layers, kept in the document itself: it is saved, opened and copied with it.

An annotation of the document holds its own name and, by each layer's unique id, the layer's
recipe. Krita saves annotations in .kra files only. They are no part of the undo history, but
setting one marks the document as modified: so nothing is written before there is a layer to keep
a recipe of. A copy of a layer has another id; it is known by its size and some of its rows.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any, Mapping

from ..protocol.errors import InvalidValue
from ..protocol.recipes import recipe_from_text, recipe_text
from ..qt import QtCore
from .documents import find_layer

ANNOTATION = "sdedit"
DESCRIPTION = "What SDEdit has made in this document"
NAME_MOST = 64
LAYERS_MOST = 256
BYTES_MOST = 4 * 1024 * 1024
"""Of the annotation. Beyond either, the recipes that were kept first go first."""
ROWS = 16
"""By which a layer is known again: more would take Krita long in a large picture."""


class Recipes:
    """Recipes by document and layer; all Krita's own handles are used at once and none kept."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        """By the document's number in this session; nothing may be written into it yet."""

    def document_id(self, number: int, document: Any) -> str:
        """The document's own name, the same for its copies and after it is opened again."""
        if number not in self._names:
            self._names[number] = _read(document)[0] or uuid.uuid4().hex
        return self._names[number]

    def keep(
        self, number: int, document: Any, layer: str, recipe: Mapping[str, Any], guide: str
    ) -> None:
        """Keep a layer's recipe, and which layer its guide was."""
        node = find_layer(document, layer)
        name, kept = self.document_id(number, document), _read(document)[1]
        kept.pop(layer, None)
        look = "" if node is None else _look(node)
        kept[layer] = {"recipe": recipe_text(recipe), "look": look, "guide": guide}
        text = _packed(name, kept)
        while len(kept) > LAYERS_MOST or len(text) > BYTES_MOST:
            del kept[next(iter(kept))]
            text = _packed(name, kept)
        document.setAnnotation(ANNOTATION, DESCRIPTION, QtCore.QByteArray(text))

    def of(self, document: Any, layer: str) -> dict[str, Any]:
        """A layer's recipe, or that of the layer it is a copy of; empty when there is none."""
        return _recipe_in(_kept_of(document, layer))

    def guide_of(self, document: Any, layer: str) -> str:
        """The layer that such a layer's guide was; "" when that is not known."""
        return _text_in(_kept_of(document, layer), "guide")

    def last(self, document: Any) -> dict[str, Any]:
        """The recipe that was kept last; empty when there is none."""
        kept = _read(document)[1]
        return _recipe_in(kept[list(kept)[-1]]) if kept else {}


def _kept_of(document: Any, layer: str) -> Any:
    """What is kept of a layer, or of the layer it is a copy of."""
    kept = _read(document)[1]
    if layer in kept:
        return kept[layer]
    node = find_layer(document, layer) if kept else None
    if node is None or node.type() != "paintlayer":
        return None
    size = f"{_size(node)} "
    if not any(_text_in(other, "look").startswith(size) for other in kept.values()):
        return None
    look = _look(node)
    return next((other for other in kept.values() if _text_in(other, "look") == look), None)


def _size(node: Any) -> str:
    bounds = node.bounds()
    return f"{bounds.width()}x{bounds.height()}"


def _look(node: Any) -> str:
    """The layer's size, and a digest of some of its rows, wherever it lies."""
    bounds = node.bounds()
    digest = hashlib.blake2b(digest_size=16)
    for nth in range(min(ROWS, bounds.height())):
        y = bounds.y() + nth * bounds.height() // min(ROWS, bounds.height())
        digest.update(bytes(node.pixelData(bounds.x(), y, bounds.width(), 1)))
    return f"{_size(node)} {digest.hexdigest()}"


def _packed(name: str, kept: Mapping[str, Any]) -> bytes:
    text = json.dumps({"document": name, "layers": kept}, separators=(",", ":"))
    return text.encode("ascii")


def _read(document: Any) -> tuple[str, dict[str, Any]]:
    """The document's name and what is kept of its layers, by their ids.

    A document comes from anywhere: what makes no sense counts as nothing.
    """
    data = bytes(document.annotation(ANNOTATION))
    if not data or len(data) > BYTES_MOST:
        return "", {}
    try:
        kept = json.loads(data.decode("utf-8"))
        name, layers = kept["document"], kept["layers"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "", {}
    if not isinstance(name, str) or not name.isalnum() or len(name) > NAME_MOST:
        name = ""
    return name, layers if isinstance(layers, dict) and len(layers) <= LAYERS_MOST else {}


def _text_in(entry: Any, name: str) -> str:
    return str(entry.get(name, "")) if isinstance(entry, dict) else ""


def _recipe_in(entry: Any) -> dict[str, Any]:
    text = entry.get("recipe") if isinstance(entry, dict) else None
    try:
        return recipe_from_text(text) if isinstance(text, str) else {}
    except InvalidValue:
        return {}
