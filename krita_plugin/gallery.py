"""Finished pictures of one guide beside each other, kept until others take their place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from .area import Plan
from .protocol.bounds import Bounds
from .protocol.images import SRGB_PROFILES, Image, PixelFormat
from .protocol.messages import Result

PREVIEW_BYTES = 4 << 20
"""A picture of 1024×1024: what Qt makes smaller within a few milliseconds."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """One finished picture, which can become a layer at once."""

    picture: Image
    """In the document's own format, over the plan's window."""
    thumbnail: Image | None
    """RGBA U8: how it looks on the guide; None when nobody has made one."""
    t0: float
    seed: int
    plan: Plan
    faithfulness: float | None = None
    """Root mean square distance from the guide, in steps of an 8-bit picture."""
    realism: float | None = None
    """0 to 1."""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    """What made it, to be kept with its layer."""
    repeat: int = 0
    """After which repeat it was, from 1; 0 where that does not tell candidates apart."""
    seen: Image | None = None
    """RGBA U8: the thumbnail, but larger; None where the picture itself can be shown."""

    @property
    def shown(self) -> Image | None:
        """What can be put on the screen, RGBA U8 in sRGB: the picture itself if it is that."""
        return self.picture if is_plain(self.picture.format) else self.seen or self.thumbnail

    @property
    def preview(self) -> Image | None:
        """What the docker shows of it: no larger than need be, and with what is around the area."""
        shown = self.shown
        is_large = shown is not None and shown.nbytes > PREVIEW_BYTES
        is_part = self.plan.area != self.plan.window
        return self.thumbnail or shown if is_large or is_part else shown


def is_plain(form: PixelFormat) -> bool:
    """Whether such pixels can be put on the screen as they are."""
    return (form.model, form.depth) == ("RGBA", "U8") and form.profile in SRGB_PROFILES


def candidates_of(
    result: Result,
    plan: Plan,
    t0s: tuple[float, ...],
    seeds: tuple[int, ...],
    recipes: tuple[Mapping[str, Any], ...],
) -> tuple[Candidate, ...]:
    """The pictures of a result, of which each has its t0, its seed and its recipe."""
    pictures, thumbnails = result.pictures, result.thumbnails
    readings = result.readings if len(result.readings) == len(pictures) else ({},) * len(pictures)
    has_thumbnails = len(thumbnails) == len(pictures)
    return tuple(
        Candidate(
            picture,
            thumbnails[nth] if has_thumbnails else None,
            t0s[nth],
            seeds[nth],
            plan,
            _number(readings[nth].get("faithfulness")),
            _number(readings[nth].get("realism")),
            recipes[nth],
            seen=result.shown[nth] if len(result.shown) == len(pictures) else None,
        )
        for nth, picture in enumerate(pictures)
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


@dataclass(eq=False)
class Gallery:
    """Candidates side by side; one of them is chosen, one may be pointed at."""

    candidates: tuple[Candidate, ...]
    question: str = ""
    """Of a pair between which the artist is to choose: which choice it is."""
    picked: int = 0
    """The one chosen by a click, where the slider cannot choose."""
    pointed: int | None = None
    """The one that the pointer or the keyboard is on: it is shown on the canvas."""
    layers: dict[int, str] = field(default_factory=dict)
    """The layer that each was made, of those that were."""
    kept: frozenset[int] = frozenset()
    """Those whose layers are in the document."""

    @property
    def t0s(self) -> tuple[float, ...]:
        """The t0 of each, if the slider can choose between them; else none."""
        t0s = tuple(candidate.t0 for candidate in self.candidates)
        return t0s if len(set(t0s)) > 1 else ()

    def chosen(self, t0: float) -> int:
        """The one that is chosen while the slider stands at ``t0``: the nearest to it."""
        t0s = self.t0s
        return min(range(len(t0s)), key=lambda nth: abs(t0s[nth] - t0)) if t0s else self.picked


@dataclass(frozen=True)
class GalleryView:
    """A gallery as it is to be drawn."""

    candidates: tuple[Candidate, ...] = ()
    question: str = ""
    chosen: int = 0
    pointed: int | None = None
    kept: frozenset[int] = frozenset()
    is_waiting: bool = False
    """Whether the next pair is being made."""

    @property
    def is_by_seed(self) -> bool:
        """Whether the candidates differ in their seeds alone."""
        return len({candidate.t0 for candidate in self.candidates}) == 1 < len(self.candidates)

    @property
    def spoken_of(self) -> Candidate | None:
        """The one that is pointed at, or else the chosen one."""
        nth = self.chosen if self.pointed is None else self.pointed
        return self.candidates[nth] if self.candidates else None


@dataclass(frozen=True)
class OnCanvas:
    """What is shown over the canvas, which is not in the document."""

    picture: Image | None = None
    """RGBA U8 of any size."""
    place: Bounds | None = None
    """Where in the document the picture lies."""
    part: Bounds | None = None
    """What of it is shown."""
    area: Bounds | None = None
    """What would change, as an outline."""
    context: Bounds | None = None
    """What the model would look at, as a second outline; there if ``area`` is."""
