"""Documents, layers and selections of the Krita under test, as the test sees them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tests.krita.session import KritaSession

Rect = tuple[int, int, int, int]
"""x, y, width, height in image pixels; it may reach beyond the canvas."""
Pixels = npt.NDArray[np.uint8]
"""(height, width, 4), red, green, blue, alpha."""


@dataclasses.dataclass(frozen=True)
class Layer:
    """What Krita says of one layer or mask."""

    name: str
    id: str
    kind: str
    depth: int
    visible: bool
    locked: bool
    opacity: int
    blending: str
    bounds: Rect


def _layer(found: dict[str, Any]) -> Layer:
    return Layer(**{**found, "bounds": tuple(found["bounds"])})


def _rgba(raw: bytes, rect: Rect) -> Pixels:
    """Krita's blue, green, red, alpha as (height, width, RGBA)."""
    bgra = np.frombuffer(raw, np.uint8).reshape(rect[3], rect[2], 4)
    return bgra[:, :, [2, 1, 0, 3]]


class Documents:
    """All of it means the active document. Changes made here go past the undo history, except
    for new layers."""

    def __init__(self, krita: KritaSession) -> None:
        self._krita = krita

    def create(
        self,
        name: str = "painting",
        width: int = 256,
        height: int = 256,
        *,
        model: str = "RGBA",
        depth: str = "U8",
        profile: str = "",
    ) -> None:
        """A new document with one opaque white layer, "Background"."""
        self._krita.run(
            "documents.create(name, width, height, model, depth, profile)",
            name=name,
            width=width,
            height=height,
            model=model,
            depth=depth,
            profile=profile,
        )

    def open(self, path: Path) -> None:
        """Open a picture file."""
        self._krita.run("documents.open_file(path)", path=str(path))

    def save_as(self, path: Path) -> None:
        """Save under a new name; the ending chooses the format."""
        self._krita.run("documents.save_as(path)", path=str(path))

    def close(self, name: str | None = None) -> None:
        """Close without a question, and lose what was not saved."""
        self._krita.run("documents.close(name)", name=name)

    def close_all(self) -> None:
        """Close every document."""
        self._krita.run("documents.close_all()")

    def describe(self) -> dict[str, Any]:
        """name, file, width, height, model, depth, profile, modified."""
        found: dict[str, Any] = self._krita.run("documents.describe()")
        return found

    def resize_canvas(self, rect: Rect) -> None:
        """Make a rectangle of the image the whole canvas; one undo step."""
        self._krita.run("documents.resize_canvas(rect)", rect=rect)

    # -- layers ---------------------------------------------------------------------------

    def layers(self) -> list[Layer]:
        """All layers and masks from the top down."""
        return [_layer(found) for found in self._krita.run("documents.layers()")]

    def layer_names(self) -> list[str]:
        """The names of all layers and masks from the top down."""
        return [layer.name for layer in self.layers()]

    def active_layer(self) -> Layer | None:
        """The active layer."""
        found = self._krita.run("documents.active_layer()")
        return None if found is None else _layer(found)

    def activate_layer(self, name: str) -> None:
        """Make a layer the active one."""
        self._krita.run("documents.activate_layer(name)", name=name)

    def add_layer(self, name: str, kind: str = "paintlayer", into: str | None = None) -> None:
        """A new empty layer at the top, or at the top of a group; one undo step."""
        self._krita.run("documents.add_layer(name, kind, into)", name=name, kind=kind, into=into)

    def remove_layer(self, name: str) -> None:
        """Remove a layer; one undo step."""
        self._krita.run("documents.remove_layer(name)", name=name)

    def move_layer(self, name: str, x: int, y: int) -> None:
        """Shift a layer's content."""
        self._krita.run("documents.move_layer(name, x, y)", name=name, x=x, y=y)

    def show_layer(self, name: str) -> None:
        """Make a layer visible."""
        self._krita.run("documents.show_layer(name, True)", name=name)

    def hide_layer(self, name: str) -> None:
        """Make a layer invisible."""
        self._krita.run("documents.show_layer(name, False)", name=name)

    # -- pixels ---------------------------------------------------------------------------

    def layer_bytes(self, name: str, rect: Rect) -> bytes:
        """Raw pixels of a layer in the document's own format; of a group what it draws."""
        raw: bytes = self._krita.run("documents.read_layer(name, rect)", name=name, rect=rect)
        return raw

    def projection_bytes(self, rect: Rect) -> bytes:
        """Raw pixels of the composited image in the document's own format."""
        raw: bytes = self._krita.run("documents.read_projection(rect)", rect=rect)
        return raw

    def layer_pixels(self, name: str, rect: Rect) -> Pixels:
        """Pixels of a layer of an RGBA U8 document."""
        return _rgba(self.layer_bytes(name, rect), rect)

    def projection(self, rect: Rect | None = None) -> Pixels:
        """Pixels of the composited RGBA U8 image, the whole canvas by default."""
        if rect is None:
            found = self.describe()
            rect = (0, 0, found["width"], found["height"])
        return _rgba(self.projection_bytes(rect), rect)

    def write_layer(self, name: str, rect: Rect, pixels: Pixels) -> None:
        """Set pixels of a layer of an RGBA U8 document."""
        raw = np.ascontiguousarray(pixels[:, :, [2, 1, 0, 3]]).tobytes()
        self._krita.run(
            "documents.write_layer(name, rect, pixels)", name=name, rect=rect, pixels=raw
        )

    def fingerprint(self) -> dict[str, str]:
        """All that makes the document up, by hash: equal before and after means untouched."""
        found: dict[str, str] = self._krita.run("documents.fingerprint()")
        return found

    # -- undo -----------------------------------------------------------------------------

    def undo(self) -> None:
        """One step back."""
        self._krita.run("documents.undo()")

    def redo(self) -> None:
        """One step forward."""
        self._krita.run("documents.redo()")

    def undo_history(self) -> list[str]:
        """The names of the steps that undo would take back, oldest first."""
        names: list[str] = self._krita.run("documents.undo_history()")
        return names

    # -- the selection --------------------------------------------------------------------

    def selection(self) -> tuple[Rect, Pixels] | None:
        """The selection's rectangle and its values (height, width), or None."""
        found = self._krita.run("selections.read()")
        if found is None:
            return None
        x, y, width, height = found["rect"]
        values = np.frombuffer(found["pixels"], np.uint8).reshape(height, width)
        return (x, y, width, height), values

    def select(self, rect: Rect, value: int = 255) -> None:
        """Select a rectangle, wholly or softly; it may reach beyond the canvas."""
        self._krita.run("selections.set_rectangle(rect, value)", rect=rect, value=value)

    def select_softly(self, rect: Rect, values: Pixels) -> None:
        """Select a rectangle with a value (height, width) for each pixel."""
        raw = np.ascontiguousarray(values, np.uint8).tobytes()
        self._krita.run("selections.set_pixels(rect, raw)", rect=rect, raw=raw)

    def select_nothing(self) -> None:
        """Have a selection that selects no pixel."""
        self._krita.run("selections.set_empty()")

    def clear_selection(self) -> None:
        """Have no selection."""
        self._krita.run("selections.clear()")
