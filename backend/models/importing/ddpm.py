"""DDPM U-Nets of SDEdit, ermongroup/ddim and pesser/pytorch_diffusion.

One network under one set of names: Ho et al. 2020's, for which the released SDEdit was made.
"""

from __future__ import annotations

from typing import Any

from backend.models.importing.conversion import (
    ATTENTION,
    Conversion,
    Weights,
    check_first_width,
    count,
    multiples_of,
    parts,
    renamed,
    shape_of,
)
from backend.models.importing.errors import ImportRefused
from backend.models.importing.settings import IMAGE_SIZE, Setting, Settings
from protocol.sentences import shown

FORMAT = "DDPM"
SIGN = "temb.dense.0.weight"
"""A weight that this format has and no other."""

RESNET = {
    "norm1": "norm1",
    "conv1": "conv1",
    "temb_proj": "time_emb_proj",
    "norm2": "norm2",
    "conv2": "conv2",
    "nin_shortcut": "conv_shortcut",
}

SCHEDULE = (
    Setting("beta_schedule", 'how β rises, "linear" or "quad"', "linear"),
    Setting("beta_start", "the first β", 1e-4),
    Setting("beta_end", "the last β", 0.02),
    Setting("num_diffusion_timesteps", "the number of timesteps", 1000),
)

BETAS = {"linear": "linear", "quad": "scaled_linear"}
"""Their names for schedules, and model.json's."""

_LINEAR = {
    "beta_schedule": "linear",
    "beta_start": 1e-4,
    "beta_end": 0.02,
    "num_diffusion_timesteps": 1000,
}
PUBLISHED: dict[tuple[int, tuple[float, ...], int, tuple[int, ...]], dict[str, Any]] = {
    # (ch, ch_mult, num_res_blocks, levels with attention)
    # CelebA-HQ and LSUN: SDEdit, pesser/pytorch_diffusion
    (128, (1, 1, 2, 2, 4, 4), 2, (4,)): {"image_size": 256, **_LINEAR},
    # CIFAR-10: pesser/pytorch_diffusion
    (128, (1, 2, 2, 2), 2, (1,)): {"image_size": 32, **_LINEAR},
    # CelebA: ermongroup/ddim
    (128, (1, 2, 2, 2, 4), 2, (2,)): {"image_size": 64, **_LINEAR},
}
"""What the configurations of the published checkpoints say beside their architecture."""


def convert(weights: Weights, settings: Settings) -> Conversion:
    """Raises ImportRefused for what is missing, contradictory, or beyond UNet2DModel."""
    levels = max(count(weights, r"down\.(\d+)\."), 1)
    blocks = count(weights, r"down\.0\.block\.(\d+)\.")
    first = shape_of(weights, "conv_in.weight")[0]
    widths = [shape_of(weights, f"down.{i}.block.0.conv1.weight")[0] for i in range(levels)]
    attentive = tuple(i for i in range(levels) if f"down.{i}.attn.0.q.weight" in weights)
    check_first_width(widths[0], first)
    if any(f"down.{i}.downsample.conv.weight" not in weights for i in range(levels - 1)):
        raise ImportRefused(
            "Its levels change size without a convolution (resamp_with_conv is false).",
            "UNet2DModel has no such network.",
        )
    multiples = multiples_of(first, widths)
    settings = settings.backed_by(PUBLISHED.get((first, multiples, blocks, attentive), {}))
    for name, found in (("ch", first), ("ch_mult", multiples), ("num_res_blocks", blocks)):
        settings.check_agrees(name, found)
    told = settings.need(IMAGE_SIZE, *SCHEDULE)
    if told["beta_schedule"] not in BETAS:
        raise ImportRefused(
            f"The beta_schedule {shown(told['beta_schedule'])} is not known here.",
            f"Known are {' and '.join(BETAS)}.",
        )
    settings.check_attention("attn_resolutions", told["image_size"], levels, attentive)
    return Conversion(
        FORMAT,
        renamed(weights, _modules(levels, blocks)),
        {
            "sample_size": told["image_size"],
            "in_channels": shape_of(weights, "conv_in.weight")[1],
            "out_channels": shape_of(weights, "conv_out.weight")[0],
            "down_block_types": [
                "AttnDownBlock2D" if i in attentive else "DownBlock2D" for i in range(levels)
            ],
            "up_block_types": [
                "AttnUpBlock2D" if i in attentive else "UpBlock2D" for i in reversed(range(levels))
            ],
            "block_out_channels": widths,
            "layers_per_block": blocks,
            "attention_head_dim": None,
            "downsample_padding": 0,
            "flip_sin_to_cos": False,
            "freq_shift": 1,
            "norm_eps": 1e-6,
        },
        {
            "kind": "ddpm",
            "betas": BETAS[told["beta_schedule"]],
            "beta_start": told["beta_start"],
            "beta_end": told["beta_end"],
            "timesteps": told["num_diffusion_timesteps"],
        },
    )


def _modules(levels: int, blocks: int) -> dict[str, str]:
    """What each module is called in UNet2DModel, which numbers its up blocks from the bottom."""
    modules = {
        "temb.dense.0": "time_embedding.linear_1",
        "temb.dense.1": "time_embedding.linear_2",
        "conv_in": "conv_in",
        "norm_out": "conv_norm_out",
        "conv_out": "conv_out",
        **parts("mid.block_1", "mid_block.resnets.0", RESNET),
        **parts("mid.attn_1", "mid_block.attentions.0", ATTENTION),
        **parts("mid.block_2", "mid_block.resnets.1", RESNET),
    }
    for i in range(levels):
        up = f"up_blocks.{levels - 1 - i}"
        modules[f"down.{i}.downsample.conv"] = f"down_blocks.{i}.downsamplers.0.conv"
        modules[f"up.{i}.upsample.conv"] = f"{up}.upsamplers.0.conv"
        for j in range(blocks):
            modules |= parts(f"down.{i}.block.{j}", f"down_blocks.{i}.resnets.{j}", RESNET)
            modules |= parts(f"down.{i}.attn.{j}", f"down_blocks.{i}.attentions.{j}", ATTENTION)
        for j in range(blocks + 1):
            modules |= parts(f"up.{i}.block.{j}", f"{up}.resnets.{j}", RESNET)
            modules |= parts(f"up.{i}.attn.{j}", f"{up}.attentions.{j}", ATTENTION)
    return modules
