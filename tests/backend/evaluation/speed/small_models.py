"""Small models of both kinds, with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from backend.models.catalogue import ModelInfo
from backend.models.landscape import LandscapeModel
from backend.models.landscape_unet import LandscapeUNet

LANDSCAPE: dict[str, Any] = {
    "name": "small",
    "kind": "landscape-unet",
    "native_px": 32,
    "sigma_data": 0.5,
    "sde": {"kind": "ve", "sigma_min": 0.02, "sigma_max": 20.0},
}
NETWORK: dict[str, Any] = {
    "sample_size": 32,
    "layers_per_block": 1,
    "block_out_channels": [8, 8],
    "down_block_types": ["DownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "UpBlock2D"],
    "norm_num_groups": 4,
}


def small_landscape() -> LandscapeModel:
    torch.manual_seed(0)
    network = LandscapeUNet((8, 8), blocks=1, middle=1).requires_grad_(False).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return LandscapeModel(ModelInfo("small", "Small", "none", Path(), LANDSCAPE), network, "cpu")


def small_ddpm(**changes: Any) -> Any:
    """Needs diffusers."""
    from diffusers.models.unets.unet_2d import UNet2DModel

    from backend.evaluation.speed.ddpm_256 import CONFIG
    from backend.models.unet2d_model import UNet2DPixelModel

    config = CONFIG | {"name": "small-ddpm", "native_px": 32, "network": NETWORK} | changes
    torch.manual_seed(0)
    network = UNet2DModel(**config["network"]).requires_grad_(False).eval()
    info = ModelInfo("small-ddpm", "Small DDPM", "none", Path(), config)
    return UNet2DPixelModel(info, network, "cpu")
