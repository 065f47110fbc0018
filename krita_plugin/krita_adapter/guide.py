"""The guide's pixels, exactly as Krita shows them, and what goes with it: selection and maps."""

from __future__ import annotations

from typing import Any, Generator

from ..protocol.images import MASK, Image, PixelFormat, check_size
from ..studio import Pixels, Wanted
from .bands import read_alive, read_at_rest
from .documents import MASK_KINDS, find_layer, format_of, is_shown, layers_above
from .footprint import read_footprint
from .profiles import Profiles
from .rendering import rendered_alone, rendered_without


def read_pixels(document: Any, wanted: Wanted, profiles: Profiles) -> Generator[None, None, Pixels]:
    """What is wanted. The document itself is only read: no layer is switched off and on, and
    nothing reaches its undo history."""
    pixel_format, window = format_of(document), wanted.window
    # Before memory is taken for it: one that is too large is told in words.
    check_size(window, pixel_format, window.width * window.height * pixel_format.bytes_per_pixel)
    mask = (yield from _read_mask(document, wanted)) if wanted.has_mask else None
    guide = yield from _read_guide(document, wanted, pixel_format)
    edged = find_layer(document, wanted.footprint) if wanted.footprint else None
    footprint = None if edged is None else (yield from read_footprint(edged, window))
    t0_map = yield from _read_t0_map(document, wanted, pixel_format)
    profile = yield from profiles.find(pixel_format)
    return Pixels(guide, mask, footprint, t0_map, profile)


def _read_mask(document: Any, wanted: Wanted) -> Generator[None, None, Image | None]:
    if wanted.mask_of:
        layer = find_layer(document, wanted.mask_of)
        return None if layer is None else (yield from read_footprint(layer, wanted.window))
    selection = document.selection()  # a copy: the artist may go on selecting
    if selection is None:
        return None
    chosen = yield from read_at_rest(selection.pixelData, wanted.window, MASK.bytes_per_pixel)
    return Image(wanted.window, MASK, chosen)


def _read_guide(
    document: Any, wanted: Wanted, pixel_format: PixelFormat
) -> Generator[None, None, Image]:
    size = pixel_format.bytes_per_pixel
    layer = find_layer(document, wanted.layer) if wanted.layer else None
    if layer is not None and wanted.is_alone:
        alone = yield from rendered_alone(document, layer, wanted.window, size)
        return Image(wanted.window, pixel_format, alone)
    left_out = [] if layer is None else layers_above(layer)
    map_layer = find_layer(document, wanted.t0_map) if wanted.t0_map else None
    if map_layer is not None and map_layer.type() not in MASK_KINDS:
        left_out.append(map_layer)
    left_out = [node for node in left_out if is_shown(node)]
    if not left_out:
        raw = yield from read_alive(document.pixelData, wanted.window, size)
    # Also where the artist turned to another frame while bands were read.
    if left_out or wanted.frame not in (None, document.currentTime()):
        raw = yield from rendered_without(document, left_out, wanted.window, size, wanted.frame)
    return Image(wanted.window, pixel_format, raw)


def _read_t0_map(
    document: Any, wanted: Wanted, pixel_format: PixelFormat
) -> Generator[None, None, Image | None]:
    """A mask's own values; a layer, hidden or not, as it looks alone."""
    layer = find_layer(document, wanted.t0_map) if wanted.t0_map else None
    if layer is None:
        return None
    window = wanted.window
    if layer.type() in MASK_KINDS:
        grey = yield from read_at_rest(layer.pixelData, window, MASK.bytes_per_pixel)
        return Image(window, MASK, grey)
    size = pixel_format.bytes_per_pixel
    alone = yield from rendered_alone(document, layer, window, size)
    return Image(window, pixel_format, alone)
