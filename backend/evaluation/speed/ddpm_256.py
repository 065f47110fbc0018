"""SDEdit's own DDPM architecture for 256 px, with random weights: speed needs no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers.models.unets.unet_2d import UNet2DModel

from backend.models.catalogue import ModelInfo
from backend.models.unet2d_model import UNet2DPixelModel

CONFIG: dict[str, Any] = {
    "name": "ddpm-256",
    "kind": "unet2d",
    "native_px": 256,
    "sde": {
        "kind": "ddpm",
        "betas": "linear",
        "beta_start": 1e-4,
        "beta_end": 0.02,
        "timesteps": 1000,
    },
    "prediction": "epsilon",
    "classes": 0,
    "network": {
        "sample_size": 256,
        "layers_per_block": 2,
        "block_out_channels": [128, 128, 256, 256, 512, 512],
        "down_block_types": ["DownBlock2D"] * 4 + ["AttnDownBlock2D", "DownBlock2D"],
        "up_block_types": ["UpBlock2D", "AttnUpBlock2D"] + ["UpBlock2D"] * 4,
        "downsample_padding": 0,
        "flip_sin_to_cos": False,
        "freq_shift": 1,
        "norm_eps": 1e-6,
        "attention_head_dim": None,
    },
}
"""celeba_hq, bedroom and church_outdoor of ermongroup/SDEdit: 113.7M parameters."""


def random_ddpm_256(device: str) -> UNet2DPixelModel:
    """The model, in memory alone; torch's random state stays as it is."""
    info = ModelInfo("ddpm-256", "DDPM-256, random weights", "none", Path(), CONFIG)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = UNet2DModel(**CONFIG["network"])
    return UNet2DPixelModel(info, network.requires_grad_(False).eval(), device)
