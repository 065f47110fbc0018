"""A landscape model ready to edit: weights, its SDE, and a denoiser for any window and scale."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from backend.models.catalogue import ModelError, ModelInfo
from backend.models.landscape_unet import LandscapeUNet
from backend.sdedit.coarse_to_fine import Scale, ScaleState, plan_scales, sdedit_coarse_to_fine
from backend.sdedit.denoisers import Denoiser, EdmDenoiser
from backend.sdedit.ode_t0 import ode_t0
from backend.sdedit.samplers import ODE_SAMPLERS
from backend.sdedit.schedules import VESchedule
from backend.sdedit.tiles import predict_in_tiles
from backend.writing import write_whole
from protocol.bounds import Bounds

FINEST_PX, COARSEST_PX = 360, 64
"""Heights of the training pictures: the scales the network knows."""
TILE_PX = 1024
TILE_OVERLAP_PX = 128
"""The network reaches 120 px in theory, but hardly 32: tiled and whole predictions then differ by
less than 0.01/255. After 36 minutes of training, 64 px gave 0.5/255 at sigma 3, and 32 px 4/255."""


class LandscapeModel:
    """A VE diffusion model on RGB in [-1, 1], fully convolutional, any size from 1 px."""

    def __init__(self, info: ModelInfo, network: LandscapeUNet, device: str) -> None:
        self.info = info
        self.device = torch.device(device)
        config = info.config
        self.native_px = int(config["native_px"])
        self.sigma_data = float(config["sigma_data"])
        self.schedule = VESchedule(config["sde"]["sigma_min"], config["sde"]["sigma_max"])
        # 18 % faster on a CPU, and what CUDA's tensor cores take; on Apple's GPUs some of torch's
        # operations have read slices of it wrongly.
        self.memory_format = (
            torch.contiguous_format if self.device.type == "mps" else torch.channels_last
        )
        self.network = network.to(self.device)
        # torch's own annotations leave this argument out.
        self.network.to(memory_format=self.memory_format)  # type: ignore[call-overload]

    @classmethod
    def load(cls, info: ModelInfo, device: str) -> LandscapeModel:
        """Read the weights. Raises ModelError when they do not fit what model.json describes."""
        described = info.config["network"]
        network = LandscapeUNet(described["widths"], described["blocks"], described["middle"])
        try:
            weights = {name: value.float() for name, value in load_file(info.weights).items()}
            network.load_state_dict(weights)
        except (SafetensorError, RuntimeError) as error:
            raise ModelError(
                f"The weights of {info.name!r} do not fit its description.",
                "Train or install that model again.",
            ) from error
        return cls(info, network.requires_grad_(False).eval(), device)

    def edit(
        self,
        guide: Tensor,
        *,
        t0: float,
        steps: int,
        seed: int,
        window: Bounds | None = None,
        canvas_height: int | None = None,
        mask: Tensor | None = None,
        repeats: int = 1,
        sampler: str = "sde-dpmpp-2m",
    ) -> Iterator[ScaleState]:
        """SDEdit on ``guide`` (B, 3, H, W) in [-1, 1]; the last state's x0 is the result.

        window: the guide's place on the canvas; without it, the guide is the whole canvas.
        mask: (H, W), above 0 = may change. Raises what `sdedit` raises.
        """
        height, width = guide.shape[-2:]
        window = window or Bounds(0, 0, width, height)
        full_height = height if canvas_height is None else canvas_height
        if sampler in ODE_SAMPLERS:
            t0 = ode_t0(self.schedule, t0, self.sigma_data)
        scales = plan_scales(height, width, self.native_px, self.schedule, t0, steps)

        def denoiser_at(scale: Scale) -> Denoiser:
            return self.denoiser(
                top=window.y / full_height,
                bottom=window.bottom / full_height,
                picture_height=full_height / 2**scale.halvings,
            )

        return sdedit_coarse_to_fine(
            denoiser_at,
            guide.to(self.device),
            scales,
            seed=seed,
            x=window.x,
            y=window.y,
            mask=mask,
            repeats=repeats,
            sampler=sampler,
        )

    def denoiser(self, top: float, bottom: float, picture_height: float) -> Denoiser:
        """D(x; sigma) for a window of the picture.

        top, bottom: the window's upper and lower edge as fractions of the picture's height.
        picture_height: the whole picture's height in pixels at the scale of x; heights beyond
        those trained on count as the nearest.
        """
        trained_height = min(max(picture_height, COARSEST_PX), FINEST_PX)
        log2_scale = math.log2(FINEST_PX / trained_height)

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            height, width = x.shape[-2:]
            padded = self._padded(x)
            centres = (torch.arange(padded.shape[-2], device=x.device) + 0.5) / height
            y = (top + (bottom - top) * centres).clamp(0, 1).reshape(1, 1, -1, 1)

            def predict(tile: Tensor, rows: slice, _: slice) -> Tensor:
                return self._denoise(tile, sigma, log2_scale, y[:, :, rows])

            x0 = predict_in_tiles(predict, padded, TILE_PX, TILE_OVERLAP_PX, self.network.multiple)
            return x0[..., :height, :width]

        return denoise

    def _padded(self, x: Tensor) -> Tensor:
        """x with its lower and right edge repeated, up to a multiple of what the network needs."""
        height, width = x.shape[-2:]
        multiple = self.network.multiple
        below, right = -height % multiple, -width % multiple
        return F.pad(x, (0, right, 0, below), mode="replicate") if below or right else x

    def _denoise(self, x: Tensor, sigma: Tensor, log2_scale: float, y: Tensor) -> Tensor:
        """D(x; sigma) at one size the network takes; y: (1, 1, H, 1)."""

        def network(x: Tensor, c_noise: Tensor) -> Tensor:
            scale = x.new_full((x.shape[0],), log2_scale)
            x = x.contiguous(memory_format=self.memory_format)
            predicted: Tensor = self.network(x, c_noise, scale, y)
            return predicted

        return EdmDenoiser(network, self.sigma_data)(x, sigma)


def save_model(folder: Path, network: LandscapeUNet, config: dict[str, Any], card: str) -> None:
    """Write a model's folder: float16 weights, model.json with their SHA-256, and its card.

    model.json is written last, and an older one is removed first, so that a model the catalogue
    lists is whole.
    """
    weights = {
        name: value.detach().to("cpu", torch.float16).contiguous()
        for name, value in network.state_dict().items()
    }
    data = save(weights)
    described = {
        **config,
        "kind": "landscape-unet",
        "network": {
            "widths": list(network.widths),
            "blocks": network.blocks,
            "middle": network.middle_blocks,
        },
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").unlink(missing_ok=True)
    write_whole(folder / "model.safetensors", data)
    write_whole(folder / "CARD.md", card.encode())
    write_whole(folder / "model.json", json.dumps(described, indent=1).encode())
