"""U-Nets of openai/guided-diffusion (ADM, Dhariwal and Nichol 2021), with classes or without.

Those of its predecessor improved-diffusion have the same names.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from backend.models.importing.conversion import (
    ATTENTION,
    Conversion,
    Weights,
    parts,
    renamed,
    shape_of,
)
from backend.models.importing.errors import ImportRefused
from backend.models.importing.guided_diffusion_architecture import (
    PUBLISHED,
    Architecture,
    architecture_of,
)
from backend.models.importing.settings import IMAGE_SIZE, Setting, Settings
from protocol.sentences import shown

FORMAT = "guided-diffusion"
SIGN = "input_blocks.0.0.weight"
"""A weight that this format has and no other of those known here."""

IMAGENET_CLASSES = 1000

RESNET = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}

HEAD_CHANNELS = Setting("num_head_channels", "the channels of each attention head", 64)
HEADS = Setting(
    "num_heads", "the number of attention heads (or num_head_channels: the channels of each)", 4
)
SCHEDULE = (
    Setting("noise_schedule", 'how the noise grows, "linear" or "cosine"', "linear", "linear"),
    Setting("diffusion_steps", "the number of timesteps", 1000, 1000),
    Setting("predict_xstart", "whether it predicts the picture instead of the noise", False, False),
    Setting("rescale_timesteps", "whether timesteps count as if there were 1000", False, False),
)
NEW_ORDER = Setting(
    "use_new_attention_order", "whether q, k and v come before their heads", False, False
)
TOLD_BY_SHAPES = (
    "num_channels",
    "channel_mult",
    "num_res_blocks",
    "learn_sigma",
    "resblock_updown",
    "use_scale_shift_norm",
)


def convert(weights: Weights, settings: Settings) -> Conversion:
    """Raises ImportRefused for what is missing, contradictory, or beyond UNet2DModel."""
    found = architecture_of(weights)
    known = dict(PUBLISHED.get(found, {}))
    if settings.get("num_heads") is not None:
        known.pop("num_head_channels", None)
    settings = settings.backed_by(known)
    for name in TOLD_BY_SHAPES:
        settings.check_agrees(name, getattr(found, name))
    settings.check_agrees("class_cond", found.classes > 0)
    head_channels = _told_head_channels(settings)
    told = settings.need(IMAGE_SIZE, *([] if head_channels else [HEADS]), NEW_ORDER, *SCHEDULE)
    settings.check_attention(
        "attention_resolutions", told["image_size"], found.levels, found.attentive
    )
    separated: Weights = {}
    for name, value in weights.items():
        if ".qkv." in name:
            heads = len(value) // 3 // head_channels if head_channels else told["num_heads"]
            separated |= _separated(name, value, heads, told["use_new_attention_order"])
        else:
            separated[name] = value
    adjustments: dict[str, float] = {}
    if not head_channels and told["num_heads"] > 1:
        adjustments["attention_heads"] = told["num_heads"]
    if found.widths[0] != found.num_channels:
        adjustments["timestep_channels"] = found.num_channels
    if told["rescale_timesteps"] and told["diffusion_steps"] != 1000:
        adjustments["timestep_scale"] = 1000 / told["diffusion_steps"]
    return Conversion(
        FORMAT,
        renamed(separated, _modules(found)),
        {
            "sample_size": told["image_size"],
            "in_channels": shape_of(weights, "input_blocks.0.0.weight")[1],
            "attention_head_dim": head_channels,
            **_network(found),
        },
        _sde(told["noise_schedule"], told["diffusion_steps"]),
        "x0" if told["predict_xstart"] else "epsilon",
        adjustments,
        "imagenet" if found.classes == IMAGENET_CLASSES else "",
    )


def _told_head_channels(settings: Settings) -> int | None:
    """num_head_channels where it counts; the program's own sign for "not told" is -1."""
    if settings.get("num_head_channels") in (None, -1):
        return None
    channels: int = settings.need(HEAD_CHANNELS)["num_head_channels"]
    return channels


def _separated(name: str, qkv: Tensor, heads: int, is_new_order: bool) -> Weights:
    """Queries, keys and values of all heads, from one tensor of (3C, …).

    Its rows are [head][q, k, v][channel], in the new order [q, k, v][head][channel].
    """
    if not 1 <= heads <= len(qkv) // 3 or len(qkv) % (3 * heads):
        raise ImportRefused(
            f"{name} has {len(qkv) // 3} channels, which do not divide into {heads} heads.",
            "Correct num_heads or num_head_channels in --config.",
        )
    shape = (3, heads, -1) if is_new_order else (heads, 3, -1)
    rows = qkv.reshape(*shape, *qkv.shape[1:])
    return {
        name.replace(".qkv.", f".{part}."): rows.select(0 if is_new_order else 1, i).flatten(0, 1)
        for i, part in enumerate("qkv")
    }


def _modules(found: Architecture) -> dict[str, str]:
    """What each module is called in UNet2DModel."""
    modules = {
        "time_embed.0": "time_embedding.linear_1",
        "time_embed.2": "time_embedding.linear_2",
        "label_emb": "class_embedding",
        "input_blocks.0.0": "conv_in",
        "out.0": "conv_norm_out",
        "out.2": "conv_out",
        **parts("middle_block.0", "mid_block.resnets.0", RESNET),
        **parts("middle_block.1", "mid_block.attentions.0", ATTENTION),
        **parts("middle_block.2", "mid_block.resnets.1", RESNET),
    }
    each = found.num_res_blocks + 1
    for level in range(found.levels):
        down, up = f"down_blocks.{level}", f"up_blocks.{level}"
        for j in range(found.num_res_blocks):
            block = f"input_blocks.{1 + level * each + j}"
            modules |= parts(f"{block}.0", f"{down}.resnets.{j}", RESNET)
            modules |= parts(f"{block}.1", f"{down}.attentions.{j}", ATTENTION)
        block = f"input_blocks.{(level + 1) * each}.0"
        modules |= _resized(found, block, f"{down}.downsamplers.0", "op")
        for j in range(each):
            block = f"output_blocks.{level * each + j}"
            modules |= parts(f"{block}.0", f"{up}.resnets.{j}", RESNET)
            if found.levels - 1 - level in found.attentive:
                modules |= parts(f"{block}.1", f"{up}.attentions.{j}", ATTENTION)
                resized = f"{block}.2"
            else:
                resized = f"{block}.1"
        modules |= _resized(found, resized, f"{up}.upsamplers.0", "conv")
    return modules


def _resized(found: Architecture, theirs: str, ours: str, convolution: str) -> dict[str, str]:
    """The change of size at a level's end: a block of its own, or a convolution."""
    if found.resblock_updown:
        return parts(theirs, ours, RESNET)
    return {f"{theirs}.{convolution}": f"{ours}.conv"}


def _network(found: Architecture) -> dict[str, Any]:
    plain = ("ResnetDownsampleBlock2D", "ResnetUpsampleBlock2D")
    if not found.resblock_updown:
        plain = ("DownBlock2D", "UpBlock2D")
    levels = range(found.levels)
    resizing = "resnet" if found.resblock_updown else "conv"
    return {
        "out_channels": 6 if found.learn_sigma else 3,
        "down_block_types": [
            "AttnDownBlock2D" if i in found.attentive else plain[0] for i in levels
        ],
        "up_block_types": [
            "AttnUpBlock2D" if i in found.attentive else plain[1] for i in reversed(levels)
        ],
        "block_out_channels": found.widths,
        "layers_per_block": found.num_res_blocks,
        "time_embedding_dim": 4 * found.num_channels,
        "downsample_type": resizing,
        "upsample_type": resizing,
        "resnet_time_scale_shift": "scale_shift" if found.use_scale_shift_norm else "default",
        # Else the middle's attention has no normalisation under "scale_shift".
        "attn_norm_num_groups": 32,
        "norm_eps": 1e-5,
        "flip_sin_to_cos": True,
        "freq_shift": 0,
        "num_class_embeds": found.classes or None,
    }


def _sde(schedule: str, steps: int) -> dict[str, Any]:
    if schedule == "cosine":
        return {"kind": "ddpm", "betas": "cosine", "timesteps": steps}
    if schedule != "linear":
        raise ImportRefused(
            f"The noise_schedule {shown(schedule)} is not known here.",
            "Known are linear and cosine.",
        )
    return {
        "kind": "ddpm",
        "betas": "linear",
        "timesteps": steps,
        # β is as large as gives 1000 steps' noise in any number of them.
        "beta_start": 0.1 / steps,
        "beta_end": 20 / steps,
    }
