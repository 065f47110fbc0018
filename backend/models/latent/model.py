"""A latent, text-guided model on its device."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from backend.models.catalogue import ModelInfo
from backend.models.condition import NOTHING, Condition, ConditionError, refuse_label
from backend.models.edit import Edit
from backend.models.edit_plan import plan_edit
from backend.models.latent.codec import Codec
from backend.models.latent.families import FAMILIES, Family
from backend.models.latent.flow import FlowDenoiser, FlowSchedule
from backend.models.latent.latent_edit import REFINEMENT, LatentModelParts, edit_in_latents
from backend.models.latent.networks import (
    TextNetwork,
    flux_network,
    sd3_network,
    unet_network,
    with_guidance,
    with_text,
)
from backend.models.latent.parts import load_parts
from backend.models.latent.schedules import grid_of, schedule_of
from backend.models.latent.text import TextEncoders
from backend.models.tile_tasks import PredictTile, TileHelpers, TileTask, all_tiles
from backend.sdedit.coarse_to_fine import ScaleState
from backend.sdedit.denoisers import Denoiser, Network, TimestepDenoiser, each_alone
from backend.sdedit.tiles import Tile, predict_in_tiles


class LatentModel:
    """A diffusers pipeline's network, VAE and text encoders, with SDEdit and samplers of ours.

    Pictures larger than its native size are made coarse to fine, smaller ones enlarged; latents of
    more than `tile` cells are predicted in tiles.
    """

    data_std = 1.0  # of latents: what a VAE's scaling factor makes it
    composes_at_native = True
    helpers: TileHelpers | None = None

    def __init__(self, info: ModelInfo, parts: dict[str, Any], device: str) -> None:
        config = info.config
        self.info = info
        self.device = torch.device(device)
        self.family = FAMILIES[config["family"]]
        self.native_px = int(config["native_px"])
        self.few_steps: bool = config["few_steps"]
        self.schedule = schedule_of(config["sde"])
        self.grid = grid_of(self.schedule, self.few_steps)
        network = parts[self.family.network.folder]
        self.network = network.to(self.device).requires_grad_(False).eval()
        self.codec = Codec(parts["vae"], self.device)
        texts = {name: part for name, part in parts.items() if name.startswith(("tok", "text"))}
        joint_width = getattr(network.config, "joint_attention_dim", 0)
        self.texts = TextEncoders(self.family.name, texts, self.device, joint_width)
        self.multiple, most_cells = self._cells_taken()
        tile_px = max(1024, self.native_px * 3 // 2)
        self._set_tile(min(tile_px // self.codec.factor, most_cells))

    @classmethod
    def load(cls, info: ModelInfo, device: str) -> LatentModel:
        """Read the parts. Raises ModelError when one is missing or does not fit its description."""
        family = FAMILIES[info.config["family"]]
        return cls(info, load_parts(family, info.folder, precision_of(family, device)), device)

    def in_smaller_tiles(self, side_px: int) -> LatentModel | None:
        """As `backend.models.model.Tiled`; both share all weights.

        Below half its native size a network sees too little of a composition.
        """
        tile_px = min(self.tile * self.codec.factor, side_px) // 2
        if tile_px < self.native_px // 2:
            return None
        smaller = copy.copy(self)
        smaller._set_tile(tile_px // self.codec.factor)
        smaller.codec = self.codec.in_tiles(smaller.tile * self.codec.factor)
        return smaller

    def denoiser(self, condition: Condition = NOTHING) -> Denoiser:
        """D(x; sigma) of latents whose rows and columns are multiples of `multiple`, in tiles.

        Raises ConditionError for what the model cannot be told.
        """
        whole = self._tile_denoiser(condition)

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            def predict(tile: Tensor, _rows: slice, _columns: slice) -> Tensor:
                return whole(tile, sigma)

            def task_of(tile: Tensor, _place: Tile) -> TileTask:
                return TileTask(self.info.name, None, condition, tile, sigma, None)

            size = self.tile, self.tile_overlap, self.multiple
            return predict_in_tiles(predict, x, *size, all_tiles(self.helpers, task_of))

        return denoise

    def tile_predictor(self, _place: None, condition: Condition) -> PredictTile:
        """As `backend.models.tile_tasks.SharesTiles`."""
        whole = self._tile_denoiser(condition)
        return lambda x, sigma, _y: whole(x, sigma)

    def _tile_denoiser(self, condition: Condition) -> Denoiser:
        network = self._told(condition)
        if isinstance(self.schedule, FlowSchedule):
            return each_alone(FlowDenoiser(network, self.schedule.timesteps))
        prediction = self.info.config["prediction"]
        return each_alone(
            TimestepDenoiser(network, self.schedule, prediction, whole_timesteps=self.few_steps)
        )

    def edit(self, guide: Tensor, edit: Edit) -> Iterator[ScaleState]:
        """As `backend.models.model.Model.edit`."""
        plan = plan_edit(self, edit.window_of(guide), edit, REFINEMENT)
        return edit_in_latents(
            LatentModelParts(self.denoiser(edit.condition), self.codec, self.multiple),
            guide.to(self.device),
            plan.scales,
            seeds=plan.seeds,
            x=plan.x,
            y=plan.y,
            mask=plan.mask,
            release=plan.release,
            repeats=edit.repeats,
            sampler=edit.sampler,
        )

    def _set_tile(self, cells: int) -> None:
        """Tiles of as many cells or a few less, which overlap by a quarter."""
        self.tile = max(1, cells // self.multiple) * self.multiple
        self.tile_overlap = self.tile // 4 // self.multiple * self.multiple

    def _told(self, condition: Condition) -> Network:
        """The network, told what to show and how strongly."""
        refuse_label(self.info.name, condition)
        scale = condition.guidance_scale or float(self.info.config["guidance_scale"])
        if not 0 <= scale < math.inf:
            raise ValueError(f"guidance_scale is {scale}, but must be 0 or more and finite.")
        is_embedded = self._is_told_guidance
        is_guided = scale > 1 and not is_embedded
        if condition.negative_prompt and not is_guided:
            raise ConditionError(
                f"A negative prompt does nothing in the model {self.info.name!r} as it is set."
                if not is_embedded
                else f"The model {self.info.name!r} takes no negative prompt.",
                "Leave it out." if is_embedded else "Leave it out, or set the guidance above 1.",
            )
        network = self._text_network(scale if is_embedded else None)
        text = self.texts.encode(condition.prompt)
        if not is_guided:
            return with_text(network, text)
        if not condition.negative_prompt and self.info.config["empty_is_zeros"]:
            return with_guidance(network, text, text.zeros(), scale)
        against = self.texts.encode(condition.negative_prompt)
        return with_guidance(network, text, against, scale)

    def _text_network(self, embedded_guidance: float | None) -> TextNetwork:
        if self.family.network.folder == "unet":
            return unet_network(self.network, self.codec.factor, embedded_guidance)
        if self.family.name == "sd3":
            return sd3_network(self.network)
        return flux_network(self.network, embedded_guidance)

    @property
    def _is_told_guidance(self) -> bool:
        """Whether the network was distilled with its guidance as an input: LCM, FLUX.1 dev."""
        config = self.network.config
        if self.family.network.folder == "unet":
            return config.time_cond_proj_dim is not None
        return bool(getattr(config, "guidance_embeds", False))

    def _cells_taken(self) -> tuple[int, int]:
        """What the network's latents must measure a multiple of, and at most."""
        config = self.network.config
        if self.family.network.folder == "unet":
            return 2 ** (len(config.block_out_channels) - 1), 10**6
        if self.family.name == "sd3":
            return config.patch_size, config.pos_embed_max_size * config.patch_size
        return 2, 10**6


def precision_of(family: Family, device: str) -> torch.dtype:
    """Of the network. Flows were trained in bfloat16, and FLUX overflows in float16."""
    if not device.startswith("cuda"):
        return torch.float32
    is_flow = family.network.folder == "transformer"
    return torch.bfloat16 if is_flow and torch.cuda.is_bf16_supported() else torch.float16
