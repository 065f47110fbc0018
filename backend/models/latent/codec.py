"""A VAE as a pair of functions between pictures in [-1, 1] and latents of about unit variance."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

TILE_PX = 1024
"""The VAE takes larger pictures in tiles that overlap by a quarter, so that its memory is bounded:
the largest size at which its tiles all see a whole composition."""

_CHART_CELLS = 24
_MOST_CELLS = 4096
"""Of a picture, for the fit of its colours."""


class Codec:
    """Encodes and decodes; ``factor`` pixels make one cell of ``channels`` numbers.

    vae: an AutoencoderKL in float32, on every device: that of SDXL overflows in float16 (its
    force_upcast), and a picture of more than 8 bits would not survive any VAE's float16.
    """

    def __init__(self, vae: Any, device: torch.device) -> None:
        config = vae.config
        self.vae = vae.to(device).requires_grad_(False).eval()
        self.channels = int(config.latent_channels)
        self.factor = int(2 ** (len(config.block_out_channels) - 1))
        self.vae.enable_slicing()
        self.vae.enable_tiling()
        self._set_tile(TILE_PX)
        # z = (latent - mean) · scaling_factor / std; most have the factor alone.
        mean = config.latents_mean or [config.shift_factor or 0.0]
        std = config.latents_std or [1.0]
        self._shift: Tensor = torch.tensor(mean, device=device).reshape(1, -1, 1, 1)
        self._scale: Tensor = config.scaling_factor / torch.tensor(std, device=device).reshape(
            1, -1, 1, 1
        )

    def in_tiles(self, tile_px: int) -> Codec:
        """The same VAE, taking pictures larger than this in tiles."""
        codec = copy.copy(self)
        codec.vae = copy.copy(self.vae)  # the weights are shared, and its settings are not
        codec._set_tile(tile_px)
        return codec

    def _set_tile(self, tile_px: int) -> None:
        self.vae.tile_sample_min_size = tile_px
        self.vae.tile_latent_min_size = tile_px // self.factor

    @torch.no_grad()
    def encode(self, picture: Tensor) -> Tensor:
        """The latents' mean: (B, channels, H / factor, W / factor) of a (B, 3, H, W) picture."""
        mean: Tensor = self.vae.encode(picture).latent_dist.mean
        return (mean - self._shift) * self._scale

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """The picture, (B, 3, H, W)."""
        picture: Tensor = self.vae.decode(latents / self._scale + self._shift).sample
        return picture

    def colours(self, latents: Tensor, picture: Tensor) -> Tensor:
        """(channels + 1, 3): the colour of a cell as a linear map of its numbers, for `preview`.

        latents: of ``picture``, whose cells teach the map, and a chart's beside them, since a rough
        guide has few colours. So it is right for any VAE, and needs no table of known ones.
        """
        cells, colours = (_rows(latents), _rows(F.avg_pool2d(picture, self.factor)))
        apart = max(1, len(cells) // _MOST_CELLS)
        chart_cells, chart_colours = self._chart
        known = torch.cat([chart_cells, cells[::apart]])
        known = torch.cat([known, torch.ones_like(known[:, :1])], dim=1)
        shown = torch.cat([chart_colours, colours[::apart]])
        solution: Tensor = torch.linalg.lstsq(known, shown, driver="gelsd").solution
        return solution.to(latents)

    def preview(self, latents: Tensor, colours: Tensor) -> Tensor:
        """About what `decode` would show, one pixel for each cell: (B, 3, h, w).

        Linear, since a decode costs as much as an evaluation of the network, or more.
        """
        offset = colours[-1].reshape(1, 3, 1, 1)
        return torch.einsum("bchw,cr->brhw", latents, colours[:-1]) + offset

    @cached_property
    def _chart(self) -> tuple[Tensor, Tensor]:
        """Cells of a chart of soft spots, and their colours."""
        generator = torch.Generator().manual_seed(0)
        spots = (
            torch.rand((1, 3, _CHART_CELLS // 2, _CHART_CELLS // 2), generator=generator) * 2 - 1
        )
        size = _CHART_CELLS * self.factor
        chart = F.interpolate(spots, size=(size, size), mode="bilinear").to(self._shift.device)
        return _rows(self.encode(chart)), _rows(F.avg_pool2d(chart, self.factor))


def _rows(x: Tensor) -> Tensor:
    """The first of (B, C, h, w) as (h w, C) float64, on the CPU."""
    return x[0].flatten(1).T.cpu().double()
