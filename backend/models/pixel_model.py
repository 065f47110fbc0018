"""A diffusion model of pixels: everything of an edit but the network."""

from __future__ import annotations

import copy
import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from backend.models.catalogue import ModelInfo
from backend.models.condition import NOTHING, Condition
from backend.models.edit import Edit
from backend.models.edit_plan import plan_edit
from backend.models.tile_tasks import PredictTile, TileHelpers, TileTask, all_tiles
from backend.sdedit.coarse_to_fine import ScaleState, sdedit_coarse_to_fine
from backend.sdedit.denoisers import Denoiser, each_alone
from backend.sdedit.noise import EVEN
from backend.sdedit.scales import Scale
from backend.sdedit.schedules import Grid, Schedule, t_uniform_sigmas
from backend.sdedit.tiles import Tile, predict_in_tiles


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
    noise_weights = EVEN

    schedule: Schedule
    data_std: float
    helpers: TileHelpers | None = None

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

    def in_smaller_tiles(self, side_px: int) -> PixelModel | None:
        """As `backend.models.model.Tiled`; both share the network."""
        tile_px = min(self.tile_px, side_px) // 2 // self.multiple * self.multiple
        if tile_px <= self.tile_overlap_px:
            return None
        smaller = copy.copy(self)
        smaller.tile_px = tile_px
        return smaller

    def denoiser(self, view: View, condition: Condition = NOTHING) -> Denoiser:
        """D(x; sigma) for x of any size: padded, in tiles. Raises what `tile_denoiser` raises."""
        denoise_tile = each_alone(self.tile_denoiser(view, condition))
        rows_of = functools.lru_cache(maxsize=1)(view.rows)  # the same at every step of a scale

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            height, width = x.shape[-2:]
            padded = padded_to(x, self.multiple)
            y = rows_of(height, padded.shape[-2], x.device)

            def predict(tile: Tensor, rows: slice, _columns: slice) -> Tensor:
                return denoise_tile(tile, sigma, y[rows])

            def task_of(tile: Tensor, place: Tile) -> TileTask:
                return TileTask(self.info.name, view, condition, tile, sigma, y[place[0]])

            size = self.tile_px, self.tile_overlap_px, self.multiple
            predict_all = all_tiles(self.helpers, task_of)
            return predict_in_tiles(predict, padded, *size, predict_all)[..., :height, :width]

        return denoise

    def tile_predictor(self, place: View, condition: Condition) -> PredictTile:
        """As `SharesTiles`."""
        denoise = each_alone(self.tile_denoiser(place, condition))

        def predict(x: Tensor, sigma: Tensor, y: Tensor | None) -> Tensor:
            assert y is not None
            return denoise(x, sigma, y)

        return predict

    def edit(self, guide: Tensor, edit: Edit) -> Iterator[ScaleState]:
        """As `Model.edit`."""
        window = edit.window_of(guide)
        full_height = window.height if edit.canvas_height is None else edit.canvas_height
        plan = plan_edit(self, window, edit)

        def denoiser_at(scale: Scale) -> Denoiser:
            view = View(
                top=window.y / full_height,
                bottom=window.bottom / full_height,
                picture_height=full_height / 2**scale.halvings,
            )
            return self.denoiser(view, edit.condition)

        return sdedit_coarse_to_fine(
            denoiser_at,
            guide.to(self.device, memory_format=self.memory_format),
            plan.scales,
            seeds=plan.seeds,
            x=plan.x,
            y=plan.y,
            mask=plan.mask,
            release=plan.release,
            repeats=edit.repeats,
            sampler=edit.sampler,
            multiple=self.multiple,
            weights=self.noise_weights,
        )


def padded_to(x: Tensor, multiple: int) -> Tensor:
    """x mirrored beyond its lower and right edge, up to a multiple of what the network needs.

    For a single prediction; an edit's x has such a size already, with noise of its own there.
    """
    height, width = x.shape[-2:]
    if height % multiple == 0 and width % multiple == 0:
        return x
    rows, columns = (_mirrored(size, -size % multiple, x.device) for size in (height, width))
    return x[..., rows[:, None], columns]


def _mirrored(size: int, more: int, device: torch.device) -> Tensor:
    """The places 0 … size - 1 and ``more`` after them, going back and forth."""
    places = torch.arange(size + more, device=device) % (2 * size)
    return torch.minimum(places, 2 * size - 1 - places)
