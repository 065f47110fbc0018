"""A landscape model ready to edit: weights, its SDE, and a denoiser for any window and scale."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from backend.models.catalogue import ModelError, ModelInfo
from backend.models.condition import Condition, refuse_label, refuse_text
from backend.models.landscape_unet import LandscapeUNet
from backend.models.pixel_model import PixelModel, TileDenoiser, View
from backend.sdedit.denoisers import EdmDenoiser
from backend.sdedit.noise import NoiseWeights
from backend.sdedit.schedules import VESchedule
from backend.writing import write_whole

KIND = "landscape-unet"
FINEST_PX, COARSEST_PX = 360, 64
"""Heights of the training pictures: the scales the network knows."""


class LandscapeModel(PixelModel):
    """A VE model, fully convolutional, told where in the picture and at which scale it looks."""

    tile_px = 1024
    tile_overlap_px = 160
    """The network reaches 120 px in theory; tiled and whole predictions then differ by less than
    0.1/255 at sigma 2. With 128 px it is 0.13/255, and with 32 px it was 4/255."""

    def __init__(self, info: ModelInfo, network: LandscapeUNet, device: str) -> None:
        super().__init__(info, device)
        config = info.config
        self.data_std = float(config["sigma_data"])
        self.schedule = VESchedule(config["sde"]["sigma_min"], config["sde"]["sigma_max"])
        self.noise_weights = NoiseWeights(**config.get("noise_weights", {}))
        self.multiple = network.multiple
        self.network = network.to(self.device)
        # torch's own annotations leave this argument out.
        self.network.to(memory_format=self.memory_format)  # type: ignore[call-overload]

    @classmethod
    def load(cls, info: ModelInfo, device: str) -> LandscapeModel:
        """Read the weights. Raises ModelError when they do not fit what model.json describes."""
        described = info.config["network"]
        size = described["widths"], described["blocks"], described["middle"]
        misfit = ModelError(
            f"The weights of {info.name!r} do not fit its description.",
            "Train or install that model again.",
        )
        try:
            weights = {name: value.float() for name, value in load_file(info.weights).items()}
            # A description may name a network that fills the memory: it is made only where the
            # file is as large.
            if sum(value.numel() for value in weights.values()) < _least_count(*size):
                raise misfit
            network = LandscapeUNet(*size)
            network.load_state_dict(weights)
        except (SafetensorError, RuntimeError) as error:
            raise misfit from error
        return cls(info, network.requires_grad_(False).eval(), device)

    def tile_denoiser(self, view: View, condition: Condition) -> TileDenoiser:
        """D(x; sigma); heights of pictures beyond those trained on count as the nearest."""
        refuse_label(self.info.name, condition)
        refuse_text(self.info.name, condition)
        trained_height = min(max(view.picture_height, COARSEST_PX), FINEST_PX)
        log2_scale = math.log2(FINEST_PX / trained_height)

        def denoise(x: Tensor, sigma: Tensor, y: Tensor) -> Tensor:
            def network(x: Tensor, c_noise: Tensor) -> Tensor:
                scale = x.new_full((x.shape[0],), log2_scale)
                x = x.contiguous(memory_format=self.memory_format)
                predicted: Tensor = self.network(x, c_noise, scale, y.reshape(1, 1, -1, 1))
                return predicted

            return EdmDenoiser(network, self.data_std)(x, sigma)

        return denoise


def _least_count(widths: Sequence[int], blocks: int, middle: int) -> int:
    """How many weights the 3 × 3 convolutions in the blocks of such a network have."""
    outer = 2 * blocks * sum(width**2 for width in widths[:-1])
    return 2 * 9 * (outer + middle * widths[-1] ** 2)


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
        "kind": KIND,
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
