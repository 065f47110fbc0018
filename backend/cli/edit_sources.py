"""The pictures that `sdedit edit` and `sdedit verify` are given, and what becomes of the guide."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from backend.pictures.deep import Picture
    from protocol.messages import Result

GREYS = (("mask", "mask"), ("t0_map", "t0 map"), ("footprint", "footprint"))
"""What may be given beside the guide: as an option is called, and in words."""
ALL_SHARE = 0.99


@dataclass(frozen=True, eq=False)
class Sources:
    """The guide, with the strokes of the footprint's picture on it; and (H, W) uint8 of the rest.

    footprint: how opaque the strokes' layer is.
    """

    guide: Picture
    mask: np.ndarray | None = None
    t0_map: np.ndarray | None = None
    footprint: np.ndarray | None = None

    @property
    def is_local(self) -> bool:
        """Whether some of the guide may have to stay as it is."""
        return any(grey is not None for grey in (self.mask, self.t0_map, self.footprint))

    @property
    def is_all_footprint(self) -> bool:
        """Whether the footprint is as good as everywhere: a photograph has a few black pixels."""
        return self.footprint is not None and bool((self.footprint > 0).mean() > ALL_SHARE)


def add_sources(parser: argparse._ActionsContainer) -> None:
    """The options that name pictures beside the guide."""
    parser.add_argument(
        "--mask",
        type=Path,
        metavar="MASK",
        help="a picture of the guide's size; only where it is white may the guide change, and of "
        "that, with a t0 map or a footprint, only what they let change, too",
    )
    parser.add_argument(
        "--t0-map",
        type=Path,
        metavar="MAP",
        help="a grey picture of the guide's size that scales t0: white is all of it, black none",
    )
    parser.add_argument(
        "--footprint",
        type=Path,
        metavar="LAYER",
        help="strokes on a transparent picture of the guide's size: they are laid over the guide, "
        "and only they and what is near them may change; a grey picture says only where they are",
    )


def named_sources(options: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    """The files that an edit reads, each with what it is."""
    yield "painting", options.guide
    for name, words in GREYS:
        path = getattr(options, name)
        if path is not None:
            yield words, path


def read_sources(options: argparse.Namespace) -> Sources:
    """Read all of them. Raises FileError for one that cannot be used."""
    from backend.pictures.files import read_grey, read_picture

    guide = read_picture(options.guide)
    greys = {
        name: read_grey(path, guide.size, words)
        for name, words in GREYS
        if (path := getattr(options, name)) is not None
    }
    if options.footprint is not None:
        guide, greys["footprint"] = _with_footprint(guide, options.footprint, greys["footprint"])
    return Sources(guide, **greys)


def composed(guide: Picture, result: Result) -> list[Picture]:
    """Each picture of the result laid over the guide."""
    from backend.pictures.guides import with_layer

    return [with_layer(guide, picture) for picture in result.pictures]


def _with_footprint(guide: Picture, path: Path, grey: np.ndarray) -> tuple[Picture, np.ndarray]:
    """The guide with the layer on it, and the layer's opacity, which is ``grey`` if it has none."""
    import numpy as np

    from backend.pictures.deep import has_transparency, in_8_bits
    from backend.pictures.files import read_picture
    from backend.pictures.guides import with_strokes

    layer = in_8_bits(read_picture(path))
    if not has_transparency(layer):
        return guide, grey
    return with_strokes(guide, layer), np.array(layer.convert("RGBA").getchannel("A"))
