"""What the plugin sees of Krita: documents, layers and pixels as plain values.

`krita_adapter` implements `Studio` on the real Krita. Everything else knows only this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from .protocol.bounds import Bounds
from .protocol.images import Image
from .short_steps import ShortSteps


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
    profile: bytes | None = field(default=None, repr=False)
    """The ICC profile that the guide's format names, where a backend would not know it."""


@dataclass(frozen=True)
class Inserted:
    """What became of a result that was handed to Krita: the new layer's identity, and its place."""

    layer: str
    is_on_top: bool = False
    """At the top of the document, because the guide's layer is gone; else right above that."""


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

    def has_layer(self, document: int, layer: str) -> bool:
        """Whether that layer is in the document; an undo, for one, takes it away."""

    def read(self, document: int, layer: str, window: Bounds, has_mask: bool) -> ShortSteps[Pixels]:
        """The guide inside ``window`` (the layer and all below it, as Krita shows them).

        The document is open. It may change between two steps: what is read is one moment of it.
        """

    def insert(
        self, document: int, layer: str, name: str, picture: Image, area: Bounds
    ) -> ShortSteps[Inserted]:
        """Add the picture's part inside ``area`` as one new layer: one undo step, the last."""
