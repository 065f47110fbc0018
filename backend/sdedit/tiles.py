"""A network's prediction on a picture of any size, in tiles that leave no seam.

Predictions are blended, not samples: noise is added once, to the whole picture, so averaging
costs no variance.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Predict = Callable[[Tensor, slice, slice], Tensor]
"""``predict(x[..., rows, columns], rows, columns)``, same shape as its first argument."""


def tile_spans(length: int, tile: int, overlap: int) -> list[slice]:
    """Spans of at most ``tile`` that cover [0, length) and overlap by at least ``overlap``.

    All have the same length, so that a compiled network sees one shape.
    """
    if length <= tile:
        return [slice(0, length)]
    count = -(-(length - overlap) // (tile - overlap))
    starts = [round(i * (length - tile) / (count - 1)) for i in range(count)]
    return [slice(start, start + tile) for start in starts]


def predict_in_tiles(predict: Predict, x: Tensor, tile: int, overlap: int) -> Tensor:
    """``predict`` on x (B, C, H, W), at most ``tile`` × ``tile`` pixels at a time.

    Weights rise linearly over the overlap, so two neighbours' predictions fade into each other.
    """
    rows, columns = x.shape[-2:]
    row_spans, column_spans = tile_spans(rows, tile, overlap), tile_spans(columns, tile, overlap)
    if len(row_spans) == len(column_spans) == 1:
        return predict(x, row_spans[0], column_spans[0])
    total = torch.zeros_like(x)
    weight_sum = x.new_zeros(rows, columns)
    for row_span in row_spans:
        for column_span in column_spans:
            weight = (
                _ramp(row_span, rows, overlap, x)[:, None]
                * _ramp(column_span, columns, overlap, x)[None, :]
            )
            part = predict(x[..., row_span, column_span], row_span, column_span)
            total[..., row_span, column_span] += weight * part
            weight_sum[row_span, column_span] += weight
    return total / weight_sum


def _ramp(span: slice, length: int, overlap: int, like: Tensor) -> Tensor:
    """1 inside, rising from the tile's ends over the overlap, except at the picture's own ends."""
    size = span.stop - span.start
    place = torch.arange(size, device=like.device, dtype=like.dtype)
    left = (place + 1) / (overlap + 1) if span.start > 0 else torch.ones_like(place)
    right = (size - place) / (overlap + 1) if span.stop < length else torch.ones_like(place)
    return torch.minimum(left, right).clamp(max=1)
