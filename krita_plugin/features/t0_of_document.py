"""Each document keeps the t0 that was found for it, as long as it is open."""

from __future__ import annotations

from dataclasses import replace

from ..core import Core, Feature

NAMES = ("t0", "other_t0", "is_blending")
"""The settings that a document keeps."""


class T0OfDocument(Feature):
    """Takes note when the artist turns to another document, and puts back when they return."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._document: int | None = None

    def looked(self) -> None:
        core = self._core
        document = None if core.facts is None else core.facts.document
        if document is None or document == self._document:
            return
        if self._document is not None and core.studio.is_open(self._document):
            left = core.easel(self._document)
            left.t0s = {name: getattr(core.settings, name) for name in NAMES}
        self._document = document
        core.settings = replace(core.settings, **core.easel(document).t0s)
