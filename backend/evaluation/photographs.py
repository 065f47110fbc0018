"""The photographs of an evaluation, all resized to one height."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from backend.pictures.strokes import smoothed
from backend.training.corpus import MIN_HEIGHT, find_pictures, load_picture, split
from backend.training.landscapes import HELD_OUT
from protocol.errors import SDEditError

HEIGHT_LEAST, HEIGHT_MOST = MIN_HEIGHT, 2048
HELD_MOST_BYTES = 2**30
"""Of the photographs in memory. Each of guides, results, smoothed photographs and a reference may
take as much again."""


class PhotographsError(SDEditError):
    """There are no photographs that an evaluation could use."""

    code = "photographs"


@dataclass(frozen=True, eq=False)
class Photograph:
    """pixels: (3, H, W) uint8, RGB."""

    name: str
    pixels: Tensor

    @cached_property
    def smoothed(self) -> Image.Image:
        """`strokes.smoothed`, which takes its time, once for all numbers of colours."""
        return smoothed(to_picture(self.pixels))


def find_photographs(folder: Path, *, held_out: bool) -> list[Path]:
    """The picture files below ``folder``, or those of them that `sdedit train` never trains on.

    Raises PhotographsError when there is none.
    """
    if not folder.is_dir():
        raise PhotographsError(f"There is no folder {folder}.", "Name a folder of photographs.")
    paths = find_pictures(folder)
    if not paths:
        raise PhotographsError(
            f"There are no pictures in {folder}.", "Name a folder with PNG, JPEG or WebP files."
        )
    if held_out:
        paths = split(paths, HELD_OUT)[1]
        if not paths:
            raise PhotographsError(
                f"Training on {folder} leaves no picture out.", "Leave --held-out away."
            )
    return paths


def spread(paths: Sequence[Path], most: int) -> list[Path]:
    """At most ``most`` of the paths, evenly spread over all of them."""
    count = min(most, len(paths))
    return [paths[i * len(paths) // count] for i in range(count)]


def read_photographs(
    paths: Sequence[Path], height: int, on_read: Callable[[int, int], None]
) -> list[Photograph]:
    """Those of the pictures that are at least ``height`` pixels high, resized to it.

    on_read: told how many have been looked at, of how many. Damaged pictures, and ones that would
    be narrower than HEIGHT_LEAST, are left out.

    Raises PhotographsError when none is left or when they are more than memory should hold.
    """
    photographs: list[Photograph] = []
    held = 0
    for index, path in enumerate(paths, start=1):
        picture = load_picture(path, height)
        if picture is not None and picture.height == height:
            photographs.append(Photograph(path.name, to_pixels(picture)))
            held += photographs[-1].pixels.numel()
        if held > HELD_MOST_BYTES:
            raise PhotographsError(
                f"{len(paths)} photographs {height} pixels high take more memory than "
                f"{HELD_MOST_BYTES / 2**30:g} GB.",
                "Choose a smaller --height or fewer --pictures.",
            )
        on_read(index, len(paths))
    if not photographs:
        raise PhotographsError(
            f"None of the {len(paths)} pictures can be used: they are damaged, less than {height} "
            f"pixels high, or less than {HEIGHT_LEAST} wide at that height.",
            f"Choose a smaller --height (at least {HEIGHT_LEAST}), or other pictures.",
        )
    return photographs


def to_pixels(picture: Image.Image) -> Tensor:
    """(3, H, W) uint8, RGB."""
    return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1).contiguous()


def to_picture(pixels: Tensor) -> Image.Image:
    """The picture of (3, H, W) uint8."""
    return Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())
