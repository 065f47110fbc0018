"""What is edited and judged: three ways to make rough guides of photographs.

strokes       the whole photograph as a stroke painting (SDEdit, section 5.1)
local         strokes of a few colours in a random region, the photograph around it; only the region
              may change
compositing   a region taken from another photograph, pasted with a hard edge; the region and a rim
              around it may change, so that the join can be repainted on both sides
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from backend.evaluation.photographs import Photograph, to_picture, to_pixels
from backend.evaluation.regions import bounds_of, cut, grown, random_region
from backend.pictures.strokes import in_few_colours
from protocol.bounds import Bounds, context_window

STROKES, LOCAL, COMPOSITING = "strokes", "local", "compositing"
PROTOCOLS = (STROKES, LOCAL, COMPOSITING)

RIM_SHARE = 1 / 32
"""Of the picture's height: how far around a pasted region the picture may change."""
AROUND_SHARE = 1 / 16
"""Of the picture's height: how far around a region its border's surroundings reach."""


@dataclass(frozen=True, eq=False)
class Example:
    """One guide, and what belongs to it; all tensors are of one size.

    guide: (3, H, W) uint8. region: (H, W) bool, what was painted or pasted; all of it if None.
    mask: (H, W) bool, what may change; everything if None.
    """

    photograph: Photograph
    guide: Tensor
    region: Tensor | None = None
    mask: Tensor | None = None

    @property
    def window(self) -> Bounds:
        """What the model sees: everything, or as for an artist's selection its surroundings."""
        canvas = Bounds(0, 0, self.guide.shape[2], self.guide.shape[1])
        return canvas if self.mask is None else context_window(bounds_of(self.mask), canvas)


def strokes_examples(photographs: Sequence[Photograph], colours: int) -> list[Example]:
    return [Example(photograph, strokes_of(photograph, colours)) for photograph in photographs]


def local_examples(photographs: Sequence[Photograph], colours: int, seed: int) -> list[Example]:
    examples = []
    for index, photograph in enumerate(photographs):
        region = region_of(photograph, seed, index)
        guide = torch.where(region, strokes_of(photograph, colours), photograph.pixels)
        examples.append(Example(photograph, guide, region, region))
    return examples


def compositing_examples(photographs: Sequence[Photograph], seed: int) -> list[Example]:
    """Each photograph with a region of the next one; a single one, with a part of itself."""
    examples = []
    for index, photograph in enumerate(photographs):
        region = region_of(photograph, seed, index)
        other = photographs[(index + 1) % len(photographs)]
        if other is photograph:
            pasted = _another_view(photograph.pixels)
        else:
            pasted = _of_size(other.pixels, photograph.pixels)
        guide = torch.where(region, pasted, photograph.pixels)
        mask = grown(region, max(1, round(RIM_SHARE * len(region))))
        examples.append(Example(photograph, guide, region, mask))
    return examples


def strokes_of(photograph: Photograph, colours: int) -> Tensor:
    """(3, H, W) uint8."""
    return to_pixels(in_few_colours(photograph.smoothed, colours))


def region_of(photograph: Photograph, seed: int, index: int) -> Tensor:
    """(H, W) bool: where this photograph is changed, if it is the index-th."""
    return random_region(seed, index, *photograph.pixels.shape[1:])


def around(region: Tensor) -> Tensor:
    """(H, W) bool: the region and what lies near it."""
    return grown(region, max(1, round(AROUND_SHARE * len(region))))


def patch_of(pixels: Tensor, region: Tensor | None) -> Tensor:
    """The part of a picture whose realism is judged: the rectangle about region and border."""
    return pixels if region is None else cut(pixels, bounds_of(around(region)))


def _another_view(pixels: Tensor) -> Tensor:
    """The picture shifted by half its width, with other colours: red for green for blue."""
    return pixels.roll(pixels.shape[2] // 2, dims=2)[[1, 2, 0]]


def _of_size(pixels: Tensor, like: Tensor) -> Tensor:
    """The picture, of the same height but maybe another width, in the size of ``like``."""
    if pixels.shape == like.shape:
        return pixels
    return to_pixels(to_picture(pixels).resize((like.shape[2], like.shape[1])))
