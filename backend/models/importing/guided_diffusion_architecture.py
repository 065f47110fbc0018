"""The architecture of a guided-diffusion U-Net, as keys and shapes tell it; and whose it is."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from backend.models.importing.conversion import Weights, count, multiples_of, shape_of
from backend.models.importing.errors import ImportRefused

_COMMON = {
    "num_head_channels": 64,
    "use_new_attention_order": False,
    "noise_schedule": "linear",
    "diffusion_steps": 1000,
    "predict_xstart": False,
    "rescale_timesteps": False,
}


class Architecture(NamedTuple):
    """What keys and shapes tell."""

    num_channels: int
    channel_mult: tuple[float, ...]
    num_res_blocks: int
    attentive: tuple[int, ...]
    """The levels with attention."""
    classes: int
    learn_sigma: bool
    resblock_updown: bool
    use_scale_shift_norm: bool

    @property
    def levels(self) -> int:
        return len(self.channel_mult)

    @property
    def widths(self) -> list[int]:
        return [int(multiple * self.num_channels) for multiple in self.channel_mult]


def _published(
    num_channels: int,
    mult: tuple[float, ...],
    blocks: int,
    attentive: tuple[int, ...],
    classes: int,
) -> Architecture:
    return Architecture(num_channels, mult, blocks, attentive, classes, True, True, True)


PUBLISHED: dict[Architecture, dict[str, Any]] = {
    _published(192, (1, 2, 3, 4), 3, (1, 2, 3), 1000): {
        **_COMMON,
        "image_size": 64,
        "use_new_attention_order": True,
        "noise_schedule": "cosine",
    },
    _published(256, (1, 1, 2, 3, 4), 2, (2, 3, 4), 1000): {
        **_COMMON,
        "image_size": 128,
        "num_head_channels": None,
        "num_heads": 4,
    },
    # ImageNet; without classes LSUN too
    _published(256, (1, 1, 2, 2, 4, 4), 2, (3, 4, 5), 1000): {**_COMMON, "image_size": 256},
    _published(256, (1, 1, 2, 2, 4, 4), 2, (3, 4, 5), 0): {**_COMMON, "image_size": 256},
    _published(256, (0.5, 1, 1, 2, 2, 4, 4), 2, (4, 5, 6), 1000): {**_COMMON, "image_size": 512},
}
"""What guided-diffusion's README says of its checkpoints beside their architecture."""


def architecture_of(weights: Weights) -> Architecture:
    """Raises ImportRefused for a network that makes no pictures, or that UNet2DModel lacks."""
    blocks = count(weights, r"input_blocks\.(\d+)\.")
    if shape_of(weights, "input_blocks.0.0.weight")[1] == 6:
        raise ImportRefused(
            "It is an upsampler: it takes a small picture beside the noisy one.",
            "SDEdit needs a model of whole pictures, such as 256x256_diffusion.pt.",
        )
    if "output_blocks.0.0.in_layers.0.weight" not in weights:
        raise ImportRefused(
            "It is a classifier, or half a network: it has no way back to a picture.",
            "SDEdit needs a diffusion model, such as 256x256_diffusion.pt.",
        )
    channels = shape_of(weights, "time_embed.0.weight")[1]
    resized = [
        name
        for name in weights
        if re.fullmatch(r"output_blocks\.\d+\.[12]\.(conv|in_layers\.2)\.weight", name)
    ]
    levels = len(resized) + 1
    each = blocks // levels
    if blocks % levels or count(weights, r"output_blocks\.(\d+)\.") != blocks:
        raise ImportRefused(
            "Its blocks are not those of a guided-diffusion U-Net whose levels change size by "
            "convolutions.",
            "UNet2DModel has no other (conv_resample must be true).",
        )
    starts = range(1, blocks, each)
    widths = [shape_of(weights, f"input_blocks.{i}.0.in_layers.2.weight")[0] for i in starts]
    told, width = shape_of(weights, "input_blocks.1.0.emb_layers.1.weight")[0], widths[0]
    return Architecture(
        num_channels=channels,
        channel_mult=multiples_of(channels, widths),
        num_res_blocks=each - 1,
        attentive=tuple(
            level for level, i in enumerate(starts) if f"input_blocks.{i}.1.qkv.weight" in weights
        ),
        classes=shape_of(weights, "label_emb.weight")[0] if "label_emb.weight" in weights else 0,
        learn_sigma=shape_of(weights, "out.2.weight")[0] == 6,
        resblock_updown=any("in_layers" in name for name in resized),
        use_scale_shift_norm=told == 2 * width,
    )
