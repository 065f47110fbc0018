"""Each document keeps the t0 found for it: while it is open, and with its layers' recipes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Mapping

from ..core import Core
from ..protocol.recipes import alone
from .feature import Feature

NAMES = ("t0", "other_t0", "is_blending")
"""The settings that a document keeps."""


class T0OfDocument(Feature):
    """Takes note when the artist turns to another document, and puts back when they return.

    A document that was saved and is opened again begins with the t0 of the layer made last.
    """

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self._document: int | None = None
        self._seen: set[int] = set()

    def looked(self) -> None:
        core = self._core
        document = None if core.facts is None else core.facts.document
        if document is None or document == self._document:
            return
        if self._document is not None and core.studio.is_open(self._document):
            left = core.easel(self._document)
            left.t0s = {name: getattr(core.settings, name) for name in NAMES}
        self._document = document
        kept = core.easel(document).t0s
        if not kept and document not in self._seen and not core.settings.is_blending:
            kept = _t0_in(core.studio.last_recipe(document))
        self._seen.add(document)
        core.settings = replace(core.settings, **kept)


def _t0_in(recipe: Mapping[str, Any]) -> dict[str, float]:
    """The t0 of a recipe, which anybody may have written."""
    try:
        t0 = float(alone(recipe)["t0"])
    except (LookupError, TypeError, ValueError):
        return {}
    return {"t0": t0} if math.isfinite(t0) else {}
