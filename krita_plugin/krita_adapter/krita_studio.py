"""The real Krita as the core sees it (`studio.Studio`). All calls belong to the UI thread."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any, Generator, Mapping

from krita import Krita

from ..protocol.bounds import Bounds
from ..protocol.images import CHANNELS, Image
from ..settings import INSTEAD, INTO_GROUP
from ..short_steps import ShortSteps
from ..studio import DocumentFacts, Inserted, LayerLook, NamedLayer, Pixels, Reel, Wanted
from .documents import (
    OpenDocuments,
    active_layer,
    canvas_of,
    find_layer,
    format_of,
    identity_of,
    is_shown,
    layers_in,
    t0_map_layers,
)
from .frames import Animations, FrameReel, insert_held_layer
from .guide import read_pixels
from .insertion import add_into_group, add_layer, make_layer
from .layer_look import LayerLooks, painted_part
from .png_files import save_png
from .profiles import Profiles
from .recipes import Recipes


class KritaStudio:
    """Documents by number, layers by identity; both are looked up anew at every call."""

    def __init__(self) -> None:
        self._documents = OpenDocuments()
        self._recipes = Recipes()
        self._profiles = Profiles()
        self._looks = LayerLooks()
        self._animations = Animations()
        self._results: set[str] = set()
        """Identities of the layers made by this plugin since Krita started."""

    def facts(self, closely: bool = False, layer: str = "") -> DocumentFacts | None:
        document = Krita.instance().activeDocument()
        if document is None:
            return None
        number = self._documents.number_of(document)
        if not self.is_open(number):
            return None  # Krita calls a document active for a moment after it was closed
        top = find_layer(document, layer) if layer else active_layer(document)
        canvas = canvas_of(document)
        painted = painted_part(top, canvas)
        return DocumentFacts(
            document=number,
            canvas=canvas,
            model=document.colorModel(),
            depth=document.colorDepth(),
            layer="" if top is None else identity_of(top),
            layer_name="" if top is None else top.name(),
            is_group=top is not None and top.type() == "grouplayer",
            is_shown=top is None or is_shown(top),
            selection=_selected(document),
            painted=painted,
            look=self._look_of(top, painted, canvas, closely),
            animation=self._animations.of(number, document, closely),
        )

    def _look_of(self, layer: Any, painted: Bounds, canvas: Bounds, closely: bool) -> LayerLook:
        look = self._looks.of(layer, painted, canvas, closely)
        # A result is a piece of a picture, but nothing that was pasted in.
        is_result = layer is not None and identity_of(layer) in self._results
        return replace(look, is_textured=False) if is_result else look

    def get_ready(self, document: int) -> None:
        found = self._documents.find(document)
        if found is not None and found.colorModel() in CHANNELS and not self.is_busy(document):
            ShortSteps(self._profiles.find(format_of(found))).finish()

    def is_open(self, document: int) -> bool:
        return self._documents.find(document) is not None

    def canvas(self, document: int) -> Bounds:
        found = self._documents.find(document)
        return Bounds(0, 0, 0, 0) if found is None else canvas_of(found)

    def is_busy(self, document: int) -> bool:
        found = self._documents.find(document)
        if found is None:
            return False
        # A brush that is down and a transformation that is not yet applied hold this lock.
        if found.tryBarrierLock():
            found.unlock()
            return False
        return True

    def finish_strokes(self, document: int) -> None:
        found = self._documents.find(document)
        if found is not None:
            found.waitForDone()

    def has_layer(self, document: int, layer: str) -> bool:
        found = self._documents.find(document)
        return found is not None and find_layer(found, layer) is not None

    def layers(self, document: int) -> list[NamedLayer]:
        found = self._documents.find(document)
        return [] if found is None else t0_map_layers(found)

    def read(self, document: int, wanted: Wanted) -> ShortSteps[Pixels]:
        found = self._documents.find(document)
        if found is None:
            raise LookupError("the document was closed before it was read")
        return ShortSteps(read_pixels(found, wanted, self._profiles))

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
        found = self._documents.find(document)
        if found is None:
            raise LookupError("the document was closed before the layer was made")
        if frame is None:
            return ShortSteps(self._insert(found, layer, name, picture, area, place))

        def put(made: Any) -> Inserted:
            return self._put(found, made, layer, place)

        return ShortSteps(insert_held_layer(found, name, picture, area, frame, put))

    def open_reel(self, document: int) -> Reel:
        found = self._documents.find(document)
        if found is None:
            raise LookupError("the document was closed before its frames were read")
        return FrameReel(found, self._profiles, functools.partial(self._put, found))

    def document_id(self, document: int) -> str:
        found = self._documents.find(document)
        return "" if found is None else self._recipes.document_id(document, found)

    def keep_recipe(self, document: int, layer: str, recipe: Mapping[str, Any], guide: str) -> None:
        found = self._documents.find(document)
        if found is not None:
            self._recipes.keep(document, found, layer, recipe, guide)

    def recipe_of(self, document: int, layer: str) -> dict[str, Any]:
        found = self._documents.find(document)
        return {} if found is None else self._recipes.of(found, layer)

    def made_from(self, document: int, layer: str) -> tuple[str, Bounds]:
        found = self._documents.find(document)
        node = None if found is None else find_layer(found, layer)
        if found is None or node is None:
            return "", Bounds(0, 0, 0, 0)
        guide = self._recipes.guide_of(found, layer)
        return guide if find_layer(found, guide) else "", painted_part(node, canvas_of(found))

    def file_of(self, document: int) -> str:
        found = self._documents.find(document)
        return "" if found is None else str(found.fileName() or found.name())

    def save_png(self, document: int, path: str, text: str) -> None:
        found = self._documents.find(document)
        if found is None:
            raise LookupError("the document was closed before it was saved")
        save_png(found, Path(path), text)

    def last_recipe(self, document: int) -> dict[str, Any]:
        found = self._documents.find(document)
        return {} if found is None else self._recipes.last(found)

    def _insert(
        self, document: Any, layer: str, name: str, picture: Image, area: Bounds, place: str
    ) -> Generator[None, None, Inserted]:
        made = yield from make_layer(document, name, picture, area)
        # Only now: the artist may have moved or deleted the guide's layer meanwhile.
        return self._put(document, made, layer, place)

    def _put(self, document: Any, made: Any, layer: str, place: str) -> Inserted:
        guide_layer = find_layer(document, layer)
        last = None if guide_layer is None else self._last_result_above(guide_layer)
        is_result = last is not None and identity_of(last) in self._results
        identity = identity_of(made)
        if place == INTO_GROUP:
            self._results.add(identity_of(add_into_group(document, last, is_result, made)))
        else:
            add_layer(document, last, made)
            if place == INSTEAD and last is not None and is_result:
                last.remove()
        self._results.add(identity)
        return Inserted(identity, is_on_top=bool(layer) and guide_layer is None)

    def _last_result_above(self, layer: Any) -> Any:
        """The last of our results that lie right above the layer, or the layer itself.

        A second try of the same guide would otherwise hide beneath the first.
        """
        siblings = layers_in(layer.parentNode())
        place = [identity_of(node) for node in siblings].index(identity_of(layer))
        for node in siblings[place + 1 :]:
            if identity_of(node) not in self._results:
                break
            layer = node
        return layer


def _selected(document: Any) -> Bounds | None:
    selection = document.selection()
    if selection is None:
        return None
    return Bounds(selection.x(), selection.y(), selection.width(), selection.height())
