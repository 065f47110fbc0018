"""The guide's pixels: the active layer and what lies below it, exactly as Krita shows them."""

from __future__ import annotations

from typing import Any

from ..protocol.bounds import Bounds
from ..protocol.images import MASK, Image, PixelFormat
from ..studio import Pixels
from .documents import all_layers, identity_of, layers_above

# Krita keeps pixels in tiles of this side. A copy moved by whole tiles renders to the same
# bytes; moved by other distances, blending rounds differently here and there.
TILE_PX = 64
# These must not be moved at all: patterns and noise depend on the place in the image, and shapes
# and transformations are rendered again only some time after a move.
ANCHORED_KINDS = frozenset(("filllayer", "filterlayer", "vectorlayer", "transformmask"))


def read_pixels(document: Any, layer: Any | None, window: Bounds, has_mask: bool) -> Pixels:
    """Guide and selection inside ``window``, which lies within the canvas.

    ``layer`` None means all that is visible. The document itself is only read: no layer is
    switched off and on, and nothing reaches its undo history.
    """
    pixel_format = PixelFormat(
        document.colorModel(), document.colorDepth(), document.colorProfile()
    )
    above = [] if layer is None else [node for node in layers_above(layer) if node.visible()]
    raw = _rendered_without(document, above, window) if above else _projection(document, window)
    guide = Image(window, pixel_format, memoryview(raw))
    selection = document.selection() if has_mask else None
    if selection is None:
        return Pixels(guide, None)
    chosen = selection.pixelData(window.x, window.y, window.width, window.height)
    return Pixels(guide, Image(window, MASK, memoryview(chosen)))


def _projection(document: Any, window: Bounds) -> Any:
    return document.pixelData(window.x, window.y, window.width, window.height)


def _rendered_without(document: Any, hidden: list[Any], window: Bounds) -> Any:
    """What the document would show inside ``window`` without the layers in ``hidden``.

    An unseen copy of the document is made (its tiles are shared, so this is quick), reduced to
    the window, and rendered again by Krita itself: blending modes, masks, filters, styles and
    groups come out as they are on the screen.
    """
    copy = document.clone()
    try:
        x, y = _origin(document.rootNode(), window)
        copy.resizeImage(x, y, window.right - x, window.bottom - y)
        identities = {identity_of(node) for node in hidden}
        for node in all_layers(copy.rootNode()):
            if identity_of(node) in identities:
                node.setVisible(False)
        copy.refreshProjection()
        copy.waitForDone()
        return _projection(copy, Bounds(window.x - x, window.y - y, window.width, window.height))
    finally:
        copy.close()


def _origin(root: Any, window: Bounds) -> tuple[int, int]:
    if any(node.type() in ANCHORED_KINDS and node.visible() for node in all_layers(root)):
        return 0, 0
    return window.x // TILE_PX * TILE_PX, window.y // TILE_PX * TILE_PX
