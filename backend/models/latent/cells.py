"""The latent cells that cover a picture: each stands for factor × factor pixels of the canvas."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Cells:
    """Columns and rows of the canvas's own grid of cells, over a picture of width × height.

    A picture need not begin or end where a cell does, nor cover as many cells as a network needs:
    its edge is repeated (`padded`) and the rest cut off again (`cropped`). So a place of the canvas
    lies in the same cell, and meets the same noise, in every window that shows it.
    """

    factor: int
    left: int
    top: int
    columns: int
    rows: int
    margin_left: int
    margin_top: int
    width: int
    height: int

    @classmethod
    def over(cls, x: int, y: int, width: int, height: int, factor: int, multiple: int) -> Cells:
        """Cells over the picture whose top left pixel is at (x, y); counts are multiples of
        ``multiple``."""
        left, margin_left = divmod(x, factor)
        top, margin_top = divmod(y, factor)
        columns, rows = (
            -(-(margin + size) // (factor * multiple)) * multiple
            for margin, size in ((margin_left, width), (margin_top, height))
        )
        return cls(factor, left, top, columns, rows, margin_left, margin_top, width, height)

    def padded(self, picture: Tensor) -> Tensor:
        """(B, C, height, width) over all of the cells, its edge repeated."""
        right = self.columns * self.factor - self.margin_left - self.width
        below = self.rows * self.factor - self.margin_top - self.height
        return F.pad(picture, (self.margin_left, right, self.margin_top, below), mode="replicate")

    def cropped(self, padded: Tensor) -> Tensor:
        """What `padded` was made of."""
        rows = slice(self.margin_top, self.margin_top + self.height)
        return padded[..., rows, self.margin_left : self.margin_left + self.width]

    def greatest(self, values: Tensor) -> Tensor:
        """(…, height, width) values as (…, rows, columns): each cell the greatest of its pixels."""
        # On the CPU, as in `coarse_to_fine`: Apple's GPUs have pooled wrongly.
        padded = self.padded(values.cpu().reshape(-1, 1, *values.shape[-2:]))
        pooled = F.max_pool2d(padded, self.factor)
        return pooled.reshape(*values.shape[:-2], self.rows, self.columns).to(values.device)
