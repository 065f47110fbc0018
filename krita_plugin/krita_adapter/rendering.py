"""A part of a document as Krita would show it with other layers visible, and nothing touched."""

from __future__ import annotations

from typing import Any, Callable, Generator

from ..protocol.bounds import Bounds
from .bands import TILE_PX, read_at_rest
from .documents import all_layers, canvas_of, identity_of, is_root, layers_beside

# These must not be moved at all: patterns and noise depend on the place in the image, and shapes
# and transformations are rendered again only some time after a move.
ANCHORED_KINDS = frozenset(("filllayer", "filterlayer", "vectorlayer", "transformmask"))


def rendered_without(
    document: Any,
    hidden: list[Any],
    window: Bounds,
    bytes_per_pixel: int,
    frame: int | None = None,
) -> Generator[None, None, memoryview]:
    """What the document would show inside ``window`` without the layers in ``hidden``, at a frame
    of its animation if one is given."""
    identities = {identity_of(node) for node in hidden}

    def hide(node: Any) -> None:
        if identity_of(node) in identities:
            node.setVisible(False)

    return (yield from _rendered(document, hide, window, bytes_per_pixel, frame))


def rendered_alone(
    document: Any, layer: Any, window: Bounds, bytes_per_pixel: int
) -> Generator[None, None, memoryview]:
    """What the document would show if this layer, hidden or not, were the only one."""
    hidden = {identity_of(node) for node in layers_beside(layer)}
    seen = set()
    while not is_root(layer):
        seen.add(identity_of(layer))
        layer = layer.parentNode()

    def choose(node: Any) -> None:
        if identity_of(node) in hidden:
            node.setVisible(False)
        elif identity_of(node) in seen:
            node.setVisible(True)

    return (yield from _rendered(document, choose, window, bytes_per_pixel))


def _rendered(
    document: Any,
    prepare: Callable[[Any], None],
    window: Bounds,
    bytes_per_pixel: int,
    frame: int | None = None,
) -> Generator[None, None, memoryview]:
    """What the document would show inside ``window`` after ``prepare`` of each of its layers.

    An unseen copy of the document is made (its tiles are shared, so this is quick), reduced to
    the window, and rendered again by Krita itself: blending modes, masks, filters, styles and
    groups come out as they are on the screen.
    """
    copy = document.clone()
    try:
        for node in all_layers(copy.rootNode()):
            prepare(node)
        if frame is not None and copy.currentTime() != frame:
            copy.setCurrentTime(frame)
        x, y = _origin(document.rootNode(), window)
        reduced = Bounds(x, y, window.right - x, window.bottom - y)
        if reduced != canvas_of(copy):
            copy.resizeImage(reduced.x, reduced.y, reduced.width, reduced.height)  # renders too
        else:
            copy.refreshProjection()
        copy.waitForDone()
        place = Bounds(window.x - x, window.y - y, window.width, window.height)
        return (yield from read_at_rest(copy.pixelData, place, bytes_per_pixel))
    finally:
        copy.close()


def _origin(root: Any, window: Bounds) -> tuple[int, int]:
    """Where the copy may begin. Moved by whole tiles it renders to the same bytes; moved by other
    distances, blending rounds differently here and there."""
    if any(node.type() in ANCHORED_KINDS and node.visible() for node in all_layers(root)):
        return 0, 0
    return window.x // TILE_PX * TILE_PX, window.y // TILE_PX * TILE_PX
