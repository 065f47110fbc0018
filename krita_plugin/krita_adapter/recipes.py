"""What made our layers, kept in the document itself: it is saved, opened and copied with it.

An annotation of the document holds its own name and, by each layer's unique id, the layer's
recipe. Krita keeps annotations in its files, and they are no part of the undo history.
"""

from __future__ import annotations

import json
import uuid
from typing import Any, Mapping

from ..qt import QtCore

ANNOTATION = "sdedit"
DESCRIPTION = "What SDEdit has made in this document"


def document_id(document: Any) -> str:
    """The document's own name; it is given one now if it has none."""
    kept = _read(document)
    if not kept["document"]:
        kept["document"] = uuid.uuid4().hex
        _write(document, kept)
    return str(kept["document"])


def keep_recipe(document: Any, layer: str, recipe: Mapping[str, Any]) -> None:
    """Keep a layer's recipe."""
    kept = _read(document)
    kept["recipes"][layer] = dict(recipe)
    _write(document, kept)


def recipe_of(document: Any, layer: str) -> dict[str, Any]:
    """A layer's recipe; empty when there is none."""
    recipe = _read(document)["recipes"].get(layer)
    return dict(recipe) if isinstance(recipe, dict) else {}


def _read(document: Any) -> dict[str, Any]:
    """What is kept; a document comes from anywhere, so what makes no sense counts as nothing."""
    try:
        kept = json.loads(bytes(document.annotation(ANNOTATION)).decode("utf-8"))
        name, recipes = kept["document"], kept["recipes"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return {"document": "", "recipes": {}}
    if not isinstance(name, str) or not isinstance(recipes, dict):
        return {"document": "", "recipes": {}}
    return {"document": name, "recipes": recipes}


def _write(document: Any, kept: dict[str, Any]) -> None:
    text = json.dumps(kept, separators=(",", ":")).encode("ascii")
    document.setAnnotation(ANNOTATION, DESCRIPTION, QtCore.QByteArray(text))
