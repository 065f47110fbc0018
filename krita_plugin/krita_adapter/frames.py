"""Animated documents: their frames read, and layers of several frames made, beside the timeline.

Krita's Python reads and writes the frame that is current. So all is done in unseen copies of the
document, whose time may jump about. A layer of such a copy is duplicated, with its keyframes, and
added to the document itself in one undo step.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Callable, Generator, Iterable

from ..protocol.bounds import Bounds
from ..protocol.images import Image
from ..studio import Animation, Inserted, Pixels, Wanted
from .blank_frames import add_blank_layer
from .documents import all_layers, find_layer, format_of, is_shown
from .guide import read_pixels
from .insertion import check_format, write_pixels
from .profiles import Profiles

Place = Callable[[Any, str, str], Inserted]


class Animations:
    """Whether documents are animated, as it was when they were looked at closely."""

    def __init__(self) -> None:
        self._animated: dict[int, bool] = {}

    def of(self, number: int, document: Any, closely: bool) -> Animation | None:
        """The document's, None while no layer of it is animated."""
        if closely or number not in self._animated:
            nodes = all_layers(document.rootNode())
            self._animated[number] = any(node.animated() for node in nodes)
        if not self._animated[number]:
            return None
        first, last = document.playBackStartTime(), document.playBackEndTime()
        return Animation(document.currentTime(), first, last)


class FrameReel:
    """The real `studio.Reel`: one copy to read from, and one in which the new layer is made."""

    def __init__(self, document: Any, profiles: Profiles, place: Place) -> None:
        """``place(made, layer, place)`` puts a made layer into the document."""
        self._profiles = profiles
        self._place = place
        self._copy = document.clone()
        self._maker = LayerMaker(document)

    def starts(
        self, first: int, last: int, wanted: Wanted
    ) -> Generator[None, None, tuple[int, ...]]:
        found, before = [], b""
        for frame in range(first, last + 1):
            digest = _digest((yield from self.read(frame, wanted)))
            if digest != before:
                found.append(frame)
            before = digest
            yield
        self._maker.make_keyframes({0, *found, last + 1})
        return tuple(found)

    def read(self, frame: int, wanted: Wanted) -> Generator[None, None, Pixels]:
        yield from _turn(self._copy, frame)
        return (yield from read_pixels(self._copy, replace(wanted, frame=frame), self._profiles))

    def write(self, frame: int, picture: Image, area: Bounds) -> Generator[None, None, None]:
        return self._maker.write(frame, picture, area)

    def insert(self, layer: str, name: str, place: str) -> Generator[None, None, Inserted]:
        yield
        return self._place(self._maker.take(name), layer, place)

    def close(self) -> None:
        self._copy.close()
        self._maker.close()


class LayerMaker:
    """Makes one animated layer, in an unseen copy of a document."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._copy = document.clone()
        self._layer = ""

    def make_keyframes(self, times: Iterable[int]) -> None:
        """Have blank keyframes at these times, 0 among them. Raises NoKeyframes."""
        self._layer = add_blank_layer(self._copy, times)

    def write(self, frame: int, picture: Image, area: Bounds) -> Generator[None, None, None]:
        """Put the picture's part inside ``area`` into the keyframe at that time.

        Raises DocumentConverted.
        """
        check_format(self._document, picture.format)
        yield from _turn(self._copy, frame)
        yield from write_pixels(self._find, picture, area)

    def take(self, name: str) -> Any:
        """The layer, to be added to the document before `close`: Krita crashes on one whose
        document is gone. Raises DocumentConverted."""
        check_format(self._document, format_of(self._copy))
        made = self._find().duplicate()
        made.setName(name)
        return made

    def close(self) -> None:
        """Forget the copy."""
        self._copy.close()

    def _find(self) -> Any:
        return find_layer(self._copy, self._layer)


def insert_held_layer(
    document: Any,
    name: str,
    picture: Image,
    area: Bounds,
    frame: int,
    put: Callable[[Any], Inserted],
) -> Generator[None, None, Inserted]:
    """Have ``put`` add an animated layer with the picture where what is shown at ``frame`` is held,
    clear elsewhere. Raises DocumentConverted and NoKeyframes."""
    start, stop = _hold(document, frame)
    maker = LayerMaker(document)
    try:
        maker.make_keyframes({0, start, stop})
        yield from maker.write(start, picture, area)
        return put(maker.take(name))
    finally:
        maker.close()


def _hold(document: Any, frame: int) -> tuple[int, int]:
    """The first frame that shows what ``frame`` shows, and the first after it that does not."""
    nodes = [node for node in all_layers(document.rootNode()) if node.animated() and is_shown(node)]
    end = max(document.fullClipRangeEndTime(), document.playBackEndTime(), frame)

    def changes(time: int) -> bool:
        return any(node.hasKeyframeAtTime(time) for node in nodes)

    if not all(any(map(node.hasKeyframeAtTime, range(end + 1))) for node in nodes):
        return frame, frame + 1  # something moves that has no keyframes of pixels
    start = next((time for time in range(frame, 0, -1) if changes(time)), 0)
    return start, next((time for time in range(frame + 1, end + 1) if changes(time)), end + 1)


def _turn(copy: Any, frame: int) -> Generator[None, None, None]:
    """Have an unseen copy at a frame, rendered; Krita does that in threads of its own."""
    if copy.currentTime() == frame:
        return
    copy.setCurrentTime(frame)
    while not copy.tryBarrierLock():
        yield
    copy.unlock()


def _digest(pixels: Pixels) -> bytes:
    digest = hashlib.blake2b()
    for image in (pixels.guide, pixels.footprint, pixels.t0_map):
        if image is not None:
            digest.update(image.data)
    return digest.digest()
