"""What the plugin sees of Krita: documents, layers and pixels as plain values.

`krita_adapter` implements `Studio` on the real Krita. Everything else knows only this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generator, Mapping, Protocol

from .protocol.bounds import Bounds
from .protocol.images import Image
from .short_steps import ShortSteps


@dataclass(frozen=True)
class LayerLook:
    """What the active layer looks like, from a few of its pixels."""

    has_clear: bool = False
    """What lies below is seen through it somewhere."""
    is_over_picture: bool = False
    """Below it there is more than blank paper."""
    is_textured: bool = False
    """Its pixels differ as a photograph's do; strokes of a brush are of one colour each."""


@dataclass(frozen=True)
class Animation:
    """What is known of a document's animation; frames are counted as Krita does, from 0."""

    frame: int
    """The one that is shown."""
    first: int
    last: int
    """The range that is played."""


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
    painted: Bounds = Bounds(0, 0, 0, 0)
    """The part of the canvas in which the layer has paint; empty for layers that have no paint."""
    look: LayerLook = LayerLook()
    animation: Animation | None = None
    """None while no layer is animated."""


@dataclass(frozen=True)
class NamedLayer:
    """A layer or mask that can be named: what identifies it, and its name."""

    identity: str
    name: str


@dataclass(frozen=True)
class Wanted:
    """What is to be read of a document, inside ``window``, which lies within the canvas."""

    window: Bounds
    layer: str = ""
    """The guide's top layer: it and all below; "" for all that is visible."""
    is_alone: bool = False
    """The layer alone, without what lies below."""
    has_mask: bool = False
    """Whether the selection is wanted."""
    footprint: str = ""
    """The layer whose opacity is wanted."""
    t0_map: str = ""
    """The layer or mask whose grey is wanted; it is no part of the guide."""
    mask_of: str = ""
    """The layer whose opacity is the mask, in place of the selection."""
    frame: int | None = None
    """The frame of an animation; None where there is none."""


@dataclass(frozen=True)
class Pixels:
    """What was read, all over the same rectangle; None for what was not wanted."""

    guide: Image
    mask: Image | None
    footprint: Image | None = None
    t0_map: Image | None = None
    profile: bytes | None = field(default=None, repr=False)
    """The ICC profile that the guide's format names, where a backend would not know it."""


@dataclass(frozen=True)
class Inserted:
    """What became of a result that was handed to Krita: the new layer's identity, and its place."""

    layer: str
    is_on_top: bool = False
    """At the top of the document, because the guide's layer is gone; else right above that."""


class Reel(Protocol):
    """An unseen copy of an animated document as it was at one moment, to work on many frames."""

    def starts(
        self, first: int, last: int, wanted: Wanted
    ) -> Generator[None, None, tuple[int, ...]]:
        """The frames from ``first`` to ``last`` at which what is wanted is not what it was before.

        ``first`` is one of them; those between them are held.
        """

    def read(self, frame: int, wanted: Wanted) -> Generator[None, None, Pixels]:
        """What is wanted, at that frame."""

    def write(self, frame: int, picture: Image, area: Bounds) -> Generator[None, None, None]:
        """Have the picture's part inside ``area`` in the new layer, at one of the `starts` and for
        as long as that is held."""

    def insert(self, layer: str, name: str, place: str) -> Generator[None, None, Inserted]:
        """Add the new layer to the document, as `Studio.insert` does: one undo step.

        Frames that were not written are clear.
        """

    def close(self) -> None:
        """Forget the copy."""


class Studio(Protocol):
    """Krita, to the core. All calls come from the UI thread."""

    def facts(self, closely: bool = False, layer: str = "") -> DocumentFacts | None:
        """The active document, or None when there is none; with a ``layer``, as it would be if
        that were the active one.

        The layer's look is remembered as long as it has the same bounds; ``closely`` looks anew.
        """

    def get_ready(self, document: int) -> None:
        """Look up what an edit will need and takes Krita a while to tell, once for a document."""

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

    def layers(self, document: int) -> list[NamedLayer]:
        """The layers and masks whose grey can be a t0 map, from the top down."""

    def read(self, document: int, wanted: Wanted) -> ShortSteps[Pixels]:
        """The guide as Krita shows it, and what else is wanted.

        The document is open. It may change between two steps: what is read is one moment of it.
        Of a layer that is gone there is None.
        """

    def insert(
        self,
        document: int,
        layer: str,
        name: str,
        picture: Image,
        area: Bounds,
        place: str,
        frame: int | None = None,
    ) -> ShortSteps[Inserted]:
        """Add the picture's part inside ``area`` as one new layer: one undo step, the last.

        ``place`` is one of those in `settings`; what is put INSTEAD of an earlier result removes
        that, which is a step of its own. With a ``frame`` of an animation the layer is animated:
        it is clear but for that frame and those for which what was shown there is held.
        """

    def open_reel(self, document: int) -> Reel:
        """A copy of the document, which is open."""

    def document_id(self, document: int) -> str:
        """The document's own name, which stays with it when it is saved; "" when it is closed."""

    def keep_recipe(self, document: int, layer: str, recipe: Mapping[str, Any], guide: str) -> None:
        """Keep what made a layer, for as long as the layer lives and also in the file; ``guide``:
        the guide's layer, "" where it was all that is visible."""

    def recipe_of(self, document: int, layer: str) -> dict[str, Any]:
        """What made the layer; empty for one that no edit has made."""

    def made_from(self, document: int, layer: str) -> tuple[str, Bounds]:
        """Of a result's layer the guide's layer, "" if that is gone or unknown; and its bounds."""

    def file_of(self, document: int) -> str:
        """The document's file; its name, if it has none yet."""

    def save_png(self, document: int, path: str, text: str) -> None:
        """Write all that is visible into a PNG file, with this text in it. Raises SDEditError."""

    def last_recipe(self, document: int) -> dict[str, Any]:
        """What made the layer that was made last, also before it was saved; empty for none."""
