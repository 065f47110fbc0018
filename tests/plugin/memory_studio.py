"""Documents in memory: what the core needs of Krita, with real bytes and without Krita."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sdedit.protocol.bounds import Bounds
from sdedit.protocol.images import MASK, Image, PixelFormat
from sdedit.studio import DocumentFacts, Insertion, Pixels

BYTES_PER_PIXEL = 4


@dataclass
class MemoryDocument:
    """One document whose single layer has one colour."""

    canvas: Bounds = Bounds(0, 0, 40, 30)
    model: str = "RGBA"
    depth: str = "U8"
    layer: str = "paint"
    colour: bytes = b"\x10\x20\x30\xff"
    selection: Bounds | None = None
    is_busy: bool = False
    """Whether a brush is down on it."""
    added: list[tuple[str, Image, Bounds]] = field(default_factory=list)
    """Name, picture and area of each layer that was added."""


class MemoryStudio:
    """A `Studio` of such documents; 1 is the number of the first."""

    def __init__(self) -> None:
        self.open: dict[int, MemoryDocument] = {1: MemoryDocument()}
        self.active: int | None = 1
        self.strokes_ended = 0
        self.while_adding: Callable[[], None] = lambda: None
        """What happens inside the call that adds a layer, as Krita's event loop runs there."""

    @property
    def document(self) -> MemoryDocument:
        return self.open[1]

    def facts(self) -> DocumentFacts | None:
        if self.active is None:
            return None
        document = self.open[self.active]
        return DocumentFacts(
            document=self.active,
            canvas=document.canvas,
            model=document.model,
            depth=document.depth,
            layer=document.layer,
            layer_name=document.layer.capitalize(),
            is_group=False,
            is_shown=True,
            selection=document.selection,
        )

    def is_open(self, document: int) -> bool:
        return document in self.open

    def canvas(self, document: int) -> Bounds:
        return self.open[document].canvas

    def is_busy(self, document: int) -> bool:
        return self.open[document].is_busy

    def finish_strokes(self, document: int) -> None:
        self.open[document].is_busy = False
        self.strokes_ended += 1

    def read(self, document: int, layer: str, window: Bounds, has_mask: bool) -> Pixels:
        found = self.open[document]
        assert layer == found.layer
        count = window.width * window.height
        guide = Image(window, PixelFormat(), found.colour * count)
        if not has_mask:
            return Pixels(guide, None)
        assert found.selection is not None
        return Pixels(guide, Image(window, MASK, _mask(found.selection, window)))

    def insert(
        self, document: int, layer: str, name: str, picture: Image, area: Bounds
    ) -> Insertion:
        if document not in self.open:
            return Insertion.DOCUMENT_CLOSED
        found = self.open[document]
        found.added.append((name, picture, area))
        self.while_adding()
        return Insertion.ABOVE_LAYER if layer == found.layer else Insertion.ON_TOP

    def close(self, document: int) -> None:
        """Close a document as an artist would."""
        del self.open[document]
        self.active = next(iter(self.open), None)


def _mask(selection: Bounds, window: Bounds) -> bytes:
    rows = bytearray()
    for y in range(window.y, window.bottom):
        for x in range(window.x, window.right):
            is_in = selection.contains(Bounds(x, y, 1, 1))
            rows.append(255 if is_in else 0)
    return bytes(rows)
