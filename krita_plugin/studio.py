"""What the plugin sees of Krita: documents, layers and pixels as plain values.

`krita_adapter` implements `Studio` on the real Krita. Everything else knows only this.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from .protocol.bounds import Bounds
from .protocol.images import Image


@dataclass(frozen=True)
class DocumentFacts:
    """The active document at one moment. ``document`` and ``layer`` are identities."""

    document: int
    canvas: Bounds
    model: str
    depth: str
    layer: str
    """The guide's top layer; "" when the guide is simply all that is visible."""
    layer_name: str
    is_group: bool
    is_shown: bool
    """Whether the layer, and every group around it, is visible."""
    selection: Bounds | None
    """None without a selection; an empty rectangle when nothing is selected in it."""


@dataclass(frozen=True)
class Pixels:
    """The guide, and the selection over the same rectangle unless all may change."""

    guide: Image
    mask: Image | None


class Insertion(Enum):
    """What became of a result that was handed to Krita."""

    ABOVE_LAYER = "above the guide's layer"
    ON_TOP = "at the top of the document: the guide's layer is gone"
    DOCUMENT_CLOSED = "not inserted: the document is closed"


class Studio(Protocol):
    """Krita, to the core. All calls come from the UI thread."""

    def facts(self) -> DocumentFacts | None:
        """The active document, or None when there is none."""

    def is_open(self, document: int) -> bool:
        """Whether the document is still open."""

    def canvas(self, document: int) -> Bounds:
        """The document's canvas now; empty when it is closed."""

    def is_busy(self, document: int) -> bool:
        """Whether Krita is painting, or otherwise at work on the document, at this moment."""

    def finish_strokes(self, document: int) -> None:
        """End an open stroke or transformation, as any action of Krita does, and wait for it."""

    def read(self, document: int, layer: str, window: Bounds, has_mask: bool) -> Pixels:
        """The guide inside ``window`` (the layer and all below it, as Krita shows them)."""

    def insert(
        self, document: int, layer: str, name: str, picture: Image, area: Bounds
    ) -> Insertion:
        """Add the picture's part inside ``area`` as one new layer: one undo step."""
