"""A finished picture becomes one new layer: one undo step, and the painter's layer stays active."""

from __future__ import annotations

from typing import Any, Callable, Generator

from ..i18n import _
from ..protocol.bounds import Bounds
from ..protocol.errors import InvalidValue, SDEditError
from ..protocol.images import Image, PixelFormat
from ..qt import QtCore, as_byte_array
from ..slots import slot
from .bands import bands, part_of
from .documents import identity_of, layers_in

# Krita makes a new layer active some event-loop turns after it was added.
TURNS = 3
GROUP = "grouplayer"
GROUP_NAME = "SDEdit"


class DocumentConverted(SDEditError):
    """The document's raw pixels are no longer what they were when the guide was read."""

    code = "converted"


def make_layer(
    document: Any, name: str, picture: Image, area: Bounds
) -> Generator[None, None, Any]:
    """A layer that belongs to no document yet, with the part of ``picture`` inside ``area``.

    Raises DocumentConverted.
    """
    check_format(document, picture.format)
    layer = document.createNode(name, "paintlayer")
    yield from write_pixels(lambda: layer, picture, area)
    return layer


def check_format(document: Any, form: PixelFormat) -> None:
    """Raises DocumentConverted unless the document's raw pixels are of that form now."""
    now = document.colorModel(), document.colorDepth(), document.colorProfile()
    if (form.model, form.depth, form.profile) != now:
        raise DocumentConverted(
            _("The document was converted to other colours while the picture was made."),
            _("Press Generate again."),
        )


def write_pixels(
    find: Callable[[], Any], picture: Image, area: Bounds
) -> Generator[None, None, None]:
    """Write the part of ``picture`` inside ``area``; of an animated layer to its current frame.

    ``find`` gives the layer: Krita deletes a handle that it gave out while it had its own turn.
    """
    size = picture.format.bytes_per_pixel
    for band in bands(area, size):
        pixels = part_of(picture, band)
        expected = band.width * band.height * size
        # Krita reads past the end of a buffer that is too short.
        if memoryview(pixels).nbytes != expected:
            raise InvalidValue(f"The result has {memoryview(pixels).nbytes} bytes, not {expected}.")
        find().setPixelData(as_byte_array(pixels), band.x, band.y, band.width, band.height)
        yield


def add_layer(document: Any, above: Any | None, layer: Any) -> None:
    """Add a made layer above the given one, or at the top.

    It has its pixels already: that makes one undo step, and a projection that is up to date.
    """
    parent = document.rootNode() if above is None else above.parentNode()
    _add_to(document, parent, layer, top_of(parent) if above is None else above)


def add_into_group(document: Any, last: Any | None, is_result: bool, layer: Any) -> Any:
    """Add a made layer to the group of results, which is made with it when there is none yet.

    ``last``: the layer right above which results come, which may be that group (then
    ``is_result``); None for the top. Returns the group.
    """
    if last is not None and is_result and last.type() == GROUP:
        _add_to(document, last, layer, top_of(last))
        return last
    group = document.createNode(GROUP_NAME, GROUP)
    group.addChildNode(layer, None)
    add_layer(document, last, group)
    return group


def top_of(group: Any) -> Any | None:
    """The uppermost layer of a group, None when it has none."""
    layers = layers_in(group)
    return layers[-1] if layers else None


def _add_to(document: Any, group: Any, layer: Any, above: Any | None) -> None:
    painter_layer = document.activeNode()
    group.addChildNode(layer, above)
    if painter_layer is not None:
        _keep_active(document, painter_layer, identity_of(layer), TURNS)


def _keep_active(document: Any, layer: Any, new_layer: str, turns: int) -> None:
    """Give the painter the layer back as soon as Krita has turned to the new one."""

    @slot
    def look() -> None:
        active = document.activeNode()
        if active is not None and identity_of(active) == new_layer:
            document.setActiveNode(layer)
        if turns > 1:
            _keep_active(document, layer, new_layer, turns - 1)

    QtCore.QTimer.singleShot(0, look)
