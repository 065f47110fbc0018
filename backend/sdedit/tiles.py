"""A network's prediction on a picture of any size, in tiles that leave no seam.

Predictions are blended, not samples: noise is added once, to the whole picture, so averaging
costs no variance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor

Predict = Callable[[Tensor, slice, slice], Tensor]
"""``predict(x[..., rows, columns], rows, columns)``, same shape as its first argument."""
Tile = tuple[slice, slice]
"""Rows and columns."""
PredictAll = Callable[[Predict, Tensor, Sequence[Tile]], Iterable[Tensor]]
"""Gives the predictions of all tiles of a picture, in their order."""


def one_by_one(predict: Predict, x: Tensor, tiles: Sequence[Tile]) -> Iterator[Tensor]:
    """Each prediction when it is asked for."""
    for rows, columns in tiles:
        yield predict(x[..., rows, columns], rows, columns)


def tile_spans(length: int, tile: int, overlap: int, multiple: int = 1) -> list[slice]:
    """Spans of at most ``tile`` that cover [0, length) and overlap by at least ``overlap``.

    All have the same length, the least that does, so that a compiled network sees one shape. They
    begin at multiples of ``multiple``, so that a network that shrinks its input finds every pixel
    at the same place of its grid in whichever tile. Raises ValueError unless 0 <= overlap < tile
    and the three are multiples of it.
    """
    if not 0 <= overlap < tile:
        raise ValueError(f"overlap is {overlap}, but must be 0 or more and below tile ({tile}).")
    if any(size % multiple for size in (length, tile, overlap)):
        raise ValueError(
            f"length, tile and overlap are {length}, {tile} and {overlap}, "
            f"but must be multiples of {multiple}."
        )
    if length <= tile:
        return [slice(0, length)]
    count = -(-(length - overlap) // (tile - overlap))
    size = -(-(length + (count - 1) * overlap) // (count * multiple)) * multiple
    room = (length - size) // multiple
    starts = [i * room // (count - 1) * multiple for i in range(count)]
    return [slice(start, start + size) for start in starts]


def predict_in_tiles(
    predict: Predict,
    x: Tensor,
    tile: int,
    overlap: int,
    multiple: int = 1,
    predict_all: PredictAll = one_by_one,
) -> Tensor:
    """``predict`` on x (B, C, H, W), at most ``tile`` × ``tile`` pixels at a time.

    Two neighbours' predictions fade into each other over the middle of their overlap; they are
    added up in one order, whoever makes them. Raises what `tile_spans` raises.
    """
    rows, columns = x.shape[-2:]
    row_spans = tile_spans(rows, tile, overlap, multiple)
    column_spans = tile_spans(columns, tile, overlap, multiple)
    if len(row_spans) == len(column_spans) == 1:
        return predict(x, row_spans[0], column_spans[0])
    total = torch.zeros_like(x)
    weight_sum = x.new_zeros(rows, columns)
    tiles = [(row_span, column_span) for row_span in row_spans for column_span in column_spans]
    for (row_span, column_span), part in zip(tiles, predict_all(predict, x, tiles)):
        weight = (
            _ramp(row_span, rows, overlap, x)[:, None]
            * _ramp(column_span, columns, overlap, x)[None, :]
        )
        total[..., row_span, column_span] += weight * part
        weight_sum[row_span, column_span] += weight
    return total.div_(weight_sum)


def _ramp(span: slice, length: int, overlap: int, like: Tensor) -> Tensor:
    """Weights of a tile's rows or columns: 1 inside, falling to 0 over the middle of the overlap.

    A quarter of the overlap at the tile's end counts for nothing: there a network sees the end of
    the tile itself. At the picture's own ends all counts. Two neighbours' weights add up to 1.
    """
    size = span.stop - span.start
    place = torch.arange(size, device=like.device, dtype=like.dtype) + 0.5
    margin, rise = overlap / 4, max(overlap / 2, 0.5)
    left = (place - margin) / rise if span.start > 0 else torch.ones_like(place)
    right = (size - place - margin) / rise if span.stop < length else torch.ones_like(place)
    return torch.minimum(left, right).clamp(0, 1)
