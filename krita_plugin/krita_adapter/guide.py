"""The guide's pixels: the active layer and what lies below it, exactly as Krita shows them."""

from __future__ import annotations

from typing import Any, Generator

from ..protocol.bounds import Bounds
from ..protocol.images import MASK, Image, check_size
from ..studio import Pixels
from .bands import TILE_PX, read_alive, read_at_rest
from .documents import all_layers, canvas_of, format_of, identity_of, layers_above
from .profiles import Profiles

# These must not be moved at all: patterns and noise depend on the place in the image, and shapes
# and transformations are rendered again only some time after a move.
ANCHORED_KINDS = frozenset(("filllayer", "filterlayer", "vectorlayer", "transformmask"))


def read_pixels(
    document: Any, layer: Any | None, window: Bounds, has_mask: bool, profiles: Profiles
) -> Generator[None, None, Pixels]:
    """Guide and selection inside ``window``, which lies within the canvas.

    ``layer`` None means all that is visible. The document itself is only read: no layer is
    switched off and on, and nothing reaches its undo history.
    """
    pixel_format = format_of(document)
    size = pixel_format.bytes_per_pixel
    # Before memory is taken for it: one that is too large is told in words.
    check_size(window, pixel_format, window.width * window.height * size)
    mask = None
    # A copy, as Krita hands it out: the artist may go on selecting.
    selection = document.selection() if has_mask else None
    if selection is not None:
        chosen = yield from read_at_rest(selection.pixelData, window, MASK.bytes_per_pixel)
        mask = Image(window, MASK, chosen)
    above = [] if layer is None else [node for node in layers_above(layer) if node.visible()]
    if above:
        raw = yield from _rendered_without(document, above, window, size)
    else:
        raw = yield from read_alive(document.pixelData, window, size)
    guide = Image(window, pixel_format, raw)
    return Pixels(guide, mask, (yield from profiles.find(pixel_format)))


def _rendered_without(
    document: Any, hidden: list[Any], window: Bounds, bytes_per_pixel: int
) -> Generator[None, None, memoryview]:
    """What the document would show inside ``window`` without the layers in ``hidden``.

    An unseen copy of the document is made (its tiles are shared, so this is quick), reduced to
    the window, and rendered again by Krita itself: blending modes, masks, filters, styles and
    groups come out as they are on the screen.
    """
    copy = document.clone()
    try:
        identities = {identity_of(node) for node in hidden}
        for node in all_layers(copy.rootNode()):
            if identity_of(node) in identities:
                node.setVisible(False)
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
