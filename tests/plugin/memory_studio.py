"""Documents in memory: what the core needs of Krita, with real bytes and without Krita."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sdedit.protocol.bounds import Bounds
from sdedit.protocol.images import MASK, Image, PixelFormat
from sdedit.short_steps import STEP_S, ShortSteps
from sdedit.studio import (
    Animation,
    DocumentFacts,
    Inserted,
    LayerLook,
    NamedLayer,
    Pixels,
    Wanted,
)

BYTES_PER_PIXEL = 4


@dataclass
class MemoryDocument:
    """One document whose single layer has one colour."""

    canvas: Bounds = Bounds(0, 0, 40, 30)
    model: str = "RGBA"
    depth: str = "U8"
    layer: str = "paint"
    active: str = ""
    """The active layer, if it is not that one."""
    colour: bytes = b"\x10\x20\x30\xff"
    selection: Bounds | None = None
    painted: Bounds = Bounds(0, 0, 0, 0)
    look: LayerLook = LayerLook()
    is_shown: bool = True
    others: dict[str, bytes] = field(default_factory=dict)
    """Layers beside it, by name: the colour of each."""
    is_busy: bool = False
    """Whether a brush is down on it."""
    added: list[tuple[str, Image, Bounds]] = field(default_factory=list)
    """Name, picture and area of each layer that was added."""

    places: list[str] = field(default_factory=list)
    """Where each of them was to come."""
    recipes: dict[str, dict[str, Any]] = field(default_factory=dict)
    guides: dict[str, str] = field(default_factory=dict)
    """The layer that each result was made from."""
    file: str = ""
    animation: Animation | None = None
    keyframes: dict[int, bytes] = field(default_factory=dict)
    """The layer's colour from each of these times on."""
    frames: list[int | None] = field(default_factory=list)
    """The frame for which each layer was added."""
    reels: list[MemoryReel] = field(default_factory=list)

    def undo(self) -> None:
        """Take back the layer that was added last."""
        self.added.pop()


class MemoryReel:
    """A `Reel` of such a document."""

    def __init__(self, document: MemoryDocument) -> None:
        self._document = document
        self._keyframes = dict(document.keyframes)
        self.written: dict[int, Image] = {}
        self.is_closed = False

    def starts(
        self,
        first: int,
        last: int,
        wanted: Wanted,  # noqa: ARG002
    ) -> Generator[None, None, tuple[int, ...]]:
        yield
        later = [time for time in sorted(self._keyframes) if first < time <= last]
        return (first, *later)

    def read(self, frame: int, wanted: Wanted) -> Generator[None, None, Pixels]:
        yield
        count = wanted.window.width * wanted.window.height
        colour = self._keyframes[max(time for time in self._keyframes if time <= frame)]
        painted = self._document.painted if colour[-1] else Bounds(0, 0, 0, 0)
        footprint = _grey(wanted.window, _mask(painted, wanted.window))
        guide = Image(wanted.window, PixelFormat(), colour * count)
        return Pixels(guide, None, footprint if wanted.footprint else None)

    def write(self, frame: int, picture: Image, area: Bounds) -> Generator[None, None, None]:  # noqa: ARG002
        yield
        self.written[frame] = picture

    def insert(self, layer: str, name: str, place: str) -> Generator[None, None, Inserted]:
        yield
        assert not self.is_closed
        document = self._document
        document.places.append(place)
        document.frames.append(None)
        document.added.append((name, self.written[min(self.written)], document.canvas))
        return Inserted(str(len(document.added)), is_on_top=layer != document.layer)

    def close(self) -> None:
        self.is_closed = True


class MemoryStudio:
    """A `Studio` of such documents; 1 is the number of the first."""

    def __init__(self) -> None:
        self.open: dict[int, MemoryDocument] = {1: MemoryDocument()}
        self.active: int | None = 1
        self.strokes_ended = 0
        self.while_adding: Callable[[], None] = lambda: None
        """What happens inside the call that adds a layer, as Krita's event loop runs there."""
        self.steps = 1
        """Into how many steps reading and inserting are cut."""
        self.wanted: Wanted | None = None
        """What was read last."""
        self.given_up = 0
        """Readings and insertions that were begun and not finished."""

    @property
    def document(self) -> MemoryDocument:
        return self.open[1]

    def facts(self, closely: bool = False, layer: str = "") -> DocumentFacts | None:  # noqa: ARG002
        if self.active is None:
            return None
        document = self.open[self.active]
        layer = layer or document.active or document.layer
        return DocumentFacts(
            document=self.active,
            canvas=document.canvas,
            model=document.model,
            depth=document.depth,
            layer=layer,
            layer_name=layer.capitalize(),
            is_group=False,
            is_shown=document.is_shown,
            selection=document.selection,
            painted=document.painted,
            look=document.look,
            animation=document.animation,
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

    def document_id(self, document: int) -> str:
        return f"document-{document}" if document in self.open else ""

    def keep_recipe(self, document: int, layer: str, recipe: Mapping[str, Any], guide: str) -> None:
        self.open[document].recipes[layer] = dict(recipe)
        self.open[document].guides[layer] = guide

    def recipe_of(self, document: int, layer: str) -> dict[str, Any]:
        return self.open[document].recipes.get(layer, {})

    def made_from(self, document: int, layer: str) -> tuple[str, Bounds]:
        found = self.open[document]
        return found.guides.get(layer, ""), found.added[int(layer) - 1][2]

    def file_of(self, document: int) -> str:
        return self.open[document].file or "Unnamed"

    def save_png(self, document: int, path: str, text: str) -> None:
        assert document in self.open
        Path(path).write_text(text, encoding="utf-8")

    def get_ready(self, document: int) -> None:
        assert document in self.open

    def last_recipe(self, document: int) -> dict[str, Any]:
        recipes = self.open[document].recipes
        return recipes[list(recipes)[-1]] if recipes else {}

    def has_layer(self, document: int, layer: str) -> bool:
        found = self.open.get(document)
        if found is None or not layer.isdigit():
            return found is not None and layer in found.others
        return int(layer) <= len(found.added)

    def layers(self, document: int) -> list[NamedLayer]:
        return [NamedLayer(name, name.capitalize()) for name in self.open[document].others]

    def read(self, document: int, wanted: Wanted) -> ShortSteps[Pixels]:
        found = self.open[document]
        assert wanted.layer in ("", found.layer)
        return ShortSteps(self._read(found, wanted))

    def _read(self, found: MemoryDocument, wanted: Wanted) -> Generator[None, None, Pixels]:
        yield from self._spend_steps()
        window = wanted.window
        count = window.width * window.height
        self.wanted = wanted
        selection, map_colour = found.selection, found.others.get(wanted.t0_map)
        if wanted.mask_of:
            selection = found.added[int(wanted.mask_of) - 1][2]
        footprint = _mask(found.painted, window) if wanted.footprint else None
        return Pixels(
            guide=Image(window, PixelFormat(found.model, found.depth), found.colour * count),
            mask=_grey(window, _mask(selection, window) if selection and wanted.has_mask else None),
            footprint=_grey(window, footprint),
            t0_map=None if map_colour is None else Image(window, PixelFormat(), map_colour * count),
        )

    def open_reel(self, document: int) -> MemoryReel:
        self.open[document].reels.append(MemoryReel(self.open[document]))
        return self.open[document].reels[-1]

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
        self.open[document].places.append(place)
        self.open[document].frames.append(frame)
        return ShortSteps(self._insert(self.open[document], layer, (name, picture, area)))

    def _insert(
        self, found: MemoryDocument, layer: str, made: tuple[str, Image, Bounds]
    ) -> Generator[None, None, Inserted]:
        yield from self._spend_steps()
        found.added.append(made)
        self.while_adding()
        return Inserted(str(len(found.added)), is_on_top=layer != found.layer)

    def _spend_steps(self) -> Generator[None, None, None]:
        for left in range(self.steps - 1, 0, -1):
            time.sleep(STEP_S)  # all that one step may take
            try:
                yield
            except GeneratorExit:
                self.given_up += bool(left)
                raise

    def close(self, document: int) -> None:
        """Close a document as an artist would."""
        del self.open[document]
        self.active = next(iter(self.open), None)


def _grey(window: Bounds, values: bytes | None) -> Image | None:
    return None if values is None else Image(window, MASK, values)


def _mask(selection: Bounds, window: Bounds) -> bytes:
    rows = bytearray()
    for y in range(window.y, window.bottom):
        for x in range(window.x, window.right):
            is_in = selection.contains(Bounds(x, y, 1, 1))
            rows.append(255 if is_in else 0)
    return bytes(rows)
