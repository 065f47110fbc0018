"""A diffusion model of pixels: everything of an edit but the network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from backend.models.catalogue import ModelInfo
from backend.models.condition import NOTHING, Condition
from backend.models.model import seeds_of
from backend.sdedit.coarse_to_fine import Scale, ScaleState, plan_scales, sdedit_coarse_to_fine
from backend.sdedit.denoisers import Denoiser
from backend.sdedit.ode_t0 import ode_t0
from backend.sdedit.samplers import ODE_SAMPLERS
from backend.sdedit.schedules import Grid, Schedule, t_uniform_sigmas
from backend.sdedit.t0_maps import release_levels
from backend.sdedit.tiles import predict_in_tiles
from protocol.bounds import Bounds


@dataclass(frozen=True)
class View:
    """Where in the picture a denoiser's x lies, for networks that are told.

    top, bottom: its upper and lower edge as fractions of the picture's height.
    picture_height: the whole picture's height in pixels at the scale of x.
    """

    top: float
    bottom: float
    picture_height: float

    def rows(self, height: int, count: int, device: torch.device) -> Tensor:
        """The places in the picture, 0 its top and 1 its end, of ``height`` rows and padding below.

        (count,), count >= height.
        """
        centres = (torch.arange(count, device=device) + 0.5) / height
        return (self.top + (self.bottom - self.top) * centres).clamp(0, 1)


TileDenoiser = Callable[[Tensor, Tensor, Tensor], Tensor]
"""``denoise(x, sigma, y) -> x0`` for x (B, 3, h, w); y: (h,), its rows' places, `View.rows`."""


class PixelModel(ABC):
    """A model of RGB in [-1, 1], any size from 1 px, as `backend.models.model.Model` describes it.

    native_px: the shorter side of pictures it composes well. data_std: standard deviation of its
    data. grid: of the schedule its solver likes. multiple: what the network's input must measure a
    multiple of. Larger pictures are predicted in tiles of tile_px.
    """

    grid: Grid = staticmethod(t_uniform_sigmas)
    multiple: int = 1
    tile_px: int = 1024
    tile_overlap_px: int = 128
    composes_at_native = False
    """Whether a picture below the native size is enlarged for it."""

    schedule: Schedule
    data_std: float

    def __init__(self, info: ModelInfo, device: str) -> None:
        self.info = info
        self.device = torch.device(device)
        self.native_px = int(info.config["native_px"])
        # 18 % faster on a CPU, and what CUDA's tensor cores take; on Apple's GPUs some of torch's
        # operations have read slices of it wrongly.
        self.memory_format = (
            torch.contiguous_format if self.device.type == "mps" else torch.channels_last
        )

    @abstractmethod
    def tile_denoiser(self, view: View, condition: Condition) -> TileDenoiser:
        """D(x; sigma) for x of the network's own sizes.

        Raises ConditionError for what the model cannot be told.
        """

    def denoiser(self, view: View, condition: Condition = NOTHING) -> Denoiser:
        """D(x; sigma) for x of any size: padded, in tiles. Raises what `tile_denoiser` raises."""
        denoise_tile = self.tile_denoiser(view, condition)

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            height, width = x.shape[-2:]
            padded = padded_to(x, self.multiple)
            y = view.rows(height, padded.shape[-2], x.device)

            def predict(tile: Tensor, rows: slice, _columns: slice) -> Tensor:
                return denoise_tile(tile, sigma, y[rows])

            size = self.tile_px, self.tile_overlap_px, self.multiple
            return predict_in_tiles(predict, padded, *size)[..., :height, :width]

        return denoise

    def edit(
        self,
        guide: Tensor,
        *,
        t0: float,
        steps: int,
        seed: int,
        variants: int = 1,
        window: Bounds | None = None,
        canvas_height: int | None = None,
        mask: Tensor | None = None,
        t0_map: Tensor | None = None,
        repeats: int = 1,
        sampler: str = "sde-dpmpp-2m",
        condition: Condition = NOTHING,
    ) -> Iterator[ScaleState]:
        """As `Model.edit`."""
        height, width = guide.shape[-2:]
        window = window or Bounds(0, 0, width, height)
        full_height = height if canvas_height is None else canvas_height
        if sampler in ODE_SAMPLERS:
            t0 = ode_t0(self.schedule, t0, self.data_std)
        scales = plan_scales(
            height,
            width,
            self.native_px,
            self.schedule,
            t0,
            steps,
            grid=self.grid,
            is_enlarged=self.composes_at_native,
        )

        def denoiser_at(scale: Scale) -> Denoiser:
            view = View(
                top=window.y / full_height,
                bottom=window.bottom / full_height,
                picture_height=full_height / 2**scale.halvings,
            )
            return self.denoiser(view, condition)

        release = None
        if t0_map is not None:
            may_change = t0_map if mask is None else torch.where(mask > 0, t0_map, 0.0)
            release = release_levels(self.schedule, t0, may_change)
        return sdedit_coarse_to_fine(
            denoiser_at,
            guide.to(self.device),
            scales,
            seeds=seeds_of(seed, variants),
            x=window.x,
            y=window.y,
            mask=mask if release is None else None,
            release=release,
            repeats=repeats,
            sampler=sampler,
        )


def padded_to(x: Tensor, multiple: int) -> Tensor:
    """x with its lower and right edge repeated, up to a multiple of what the network needs."""
    height, width = x.shape[-2:]
    below, right = -height % multiple, -width % multiple
    return F.pad(x, (0, right, 0, below), mode="replicate") if below or right else x
