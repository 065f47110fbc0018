"""model.json of kind "unet2d": a network that diffusers' UNet2DModel holds. Torch-free.

{…, "sde": one of
        {"kind": "ve", "sigma_min": …, "sigma_max": …, "data_range": "unit" or "symmetric"}
        {"kind": "ddpm", "betas": "linear", "scaled_linear" or "cosine", "timesteps": 1000,
         "beta_start": …, "beta_end": …}          (these two not where betas is "cosine")
        {"kind": "vp" or "subvp", "beta_min": …, "beta_max": …}
 "prediction": "epsilon", "v", "x0" or "score",
 "network": {…}          the arguments of UNet2DModel,
 "adjustments": {…}      what those cannot say, see below; may be left out,
 "classes": 0 or as many as the network is told apart,
 "class_names": "imagenet" or [one text for each]; may be left out,
 "source": {"file": …, "sha256": …, "format": …}}

Adjustments, each may be left out:
    attention_heads     the number of heads of every attention, whatever its width
    timestep_scale      what a timestep is multiplied by before the network is told it
    timestep_channels   what the timestep is embedded in, where that is not the first level's width
    channels_per_group  every normalisation has one group for as many channels, 32 groups at most
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.models.plain_values import is_positive, is_whole
from protocol.limits import LIMITS
from protocol.sentences import shown

PREDICTIONS = ("epsilon", "v", "x0", "score")
DOWN_BLOCKS = (
    "DownBlock2D",
    "AttnDownBlock2D",
    "ResnetDownsampleBlock2D",
    "SkipDownBlock2D",
    "AttnSkipDownBlock2D",
)
UP_BLOCKS = (
    "UpBlock2D",
    "AttnUpBlock2D",
    "ResnetUpsampleBlock2D",
    "SkipUpBlock2D",
    "AttnSkipUpBlock2D",
)
LEVELS_MOST, WIDTH_MOST, BLOCKS_MOST = 10, 8192, 32
"""Of a network: beyond all that are published, and too little to fill a memory by itself."""
CLASSES_MOST = 100_000
TIMESTEPS_MOST = 100_000

Check = Callable[[Any], bool]


def _one_of(*allowed: Any) -> Check:
    return lambda value: value in allowed


def _whole(least: int, most: int) -> Check:
    return lambda value: is_whole(value, least, most)


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _some(check: Check, most: int) -> Check:
    return lambda value: (
        isinstance(value, (list, tuple)) and 1 <= len(value) <= most and all(map(check, value))
    )


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


NETWORK: dict[str, Check] = {
    "sample_size": _whole(1, LIMITS.side_px),
    "in_channels": _one_of(3),
    "out_channels": _one_of(3, 6),
    "center_input_sample": _is_truth,
    "time_embedding_type": _one_of("positional", "fourier", "learned"),
    "time_embedding_dim": _or_none(_whole(1, 8 * WIDTH_MOST)),
    "freq_shift": _whole(0, 1),
    "flip_sin_to_cos": _is_truth,
    "down_block_types": _some(_one_of(*DOWN_BLOCKS), LEVELS_MOST),
    "mid_block_type": _one_of("UNetMidBlock2D", None),
    "up_block_types": _some(_one_of(*UP_BLOCKS), LEVELS_MOST),
    "block_out_channels": _some(_whole(1, WIDTH_MOST), LEVELS_MOST),
    "layers_per_block": _whole(1, BLOCKS_MOST),
    "mid_block_scale_factor": is_positive,
    "downsample_padding": _whole(0, 1),
    "downsample_type": _one_of("conv", "resnet"),
    "upsample_type": _one_of("conv", "resnet"),
    "dropout": lambda value: value == 0 or is_positive(value),
    "act_fn": _one_of("silu", "swish", "mish", "gelu", "relu"),
    "attention_head_dim": _or_none(_whole(1, WIDTH_MOST)),
    "norm_num_groups": _or_none(_whole(1, WIDTH_MOST)),
    "attn_norm_num_groups": _or_none(_whole(1, WIDTH_MOST)),
    "norm_eps": is_positive,
    "resnet_time_scale_shift": _one_of("default", "scale_shift"),
    "add_attention": _is_truth,
    "class_embed_type": _one_of(None),
    "num_class_embeds": _or_none(_whole(1, CLASSES_MOST)),
    "num_train_timesteps": _or_none(_whole(2, TIMESTEPS_MOST)),
}
"""The arguments of UNet2DModel and what each may be; one that is left out has its default."""

ADJUSTMENTS: dict[str, Check] = {
    "attention_heads": _whole(1, WIDTH_MOST),
    "timestep_channels": _whole(2, WIDTH_MOST),
    "timestep_scale": is_positive,
    "channels_per_group": _whole(1, WIDTH_MOST),
}


def problem(config: dict[str, Any]) -> str:
    """What is wrong with it, in a sentence; "" when all is right."""
    return (
        _sde_problem(config.get("sde"))
        or _network_problem(config.get("network"))
        or _items_problem("adjustments", config.get("adjustments", {}), ADJUSTMENTS)
        or _rest_problem(config)
    )


def _sde_problem(sde: Any) -> str:
    if not isinstance(sde, dict):
        return "sde is missing."
    kind = sde.get("kind")
    if kind == "ve":
        if not _are_rising(sde, "sigma_min", "sigma_max"):
            return "sde must have sigma_min above 0 and sigma_max above that."
        if sde.get("data_range") not in ("unit", "symmetric"):
            return 'data_range of the sde must be "unit" or "symmetric".'
    elif kind == "ddpm":
        if sde.get("betas") not in ("linear", "scaled_linear", "cosine"):
            return 'betas of the sde must be "linear", "scaled_linear" or "cosine".'
        if not is_whole(sde.get("timesteps"), 2, TIMESTEPS_MOST):
            return f"timesteps of the sde must be a whole number from 2 to {TIMESTEPS_MOST}."
        if sde["betas"] != "cosine" and not (
            _are_rising(sde, "beta_start", "beta_end") and sde["beta_end"] < 1
        ):
            return "sde must have beta_start above 0, and beta_end above that and below 1."
    elif kind in ("vp", "subvp"):
        if not _are_rising(sde, "beta_min", "beta_max"):
            return "sde must have beta_min above 0 and beta_max above that."
    else:
        return f"the kind of the sde is {shown(kind)}; it must be ve, ddpm, vp or subvp."
    return ""


def _network_problem(network: Any) -> str:
    found = _items_problem("network", network, NETWORK)
    if found:
        return found
    levels = {
        len(network.get(key, ()))
        for key in ("block_out_channels", "down_block_types", "up_block_types")
    }
    if len(levels) != 1 or 0 in levels:
        return (
            "network must have block_out_channels, down_block_types and up_block_types, "
            "one of each for every level."
        )
    return ""


def _rest_problem(config: dict[str, Any]) -> str:
    if config.get("prediction") not in PREDICTIONS:
        return f"prediction must be one of {', '.join(PREDICTIONS)}."
    classes = config.get("classes")
    if not is_whole(classes, 0, CLASSES_MOST):
        return f"classes must be a whole number from 0 to {CLASSES_MOST}."
    if classes != (config["network"].get("num_class_embeds") or 0):
        return "classes and num_class_embeds of the network must be the same."
    names = config.get("class_names")
    if names is None or (names == "imagenet" and classes == 1000):
        return ""
    if not (
        isinstance(names, list)
        and len(names) == classes
        and all(isinstance(name, str) for name in names)
    ):
        return 'class_names must be a text for each class, or "imagenet" for its 1000.'
    return ""


def _items_problem(what: str, items: Any, checks: dict[str, Check]) -> str:
    """What is wrong with a map each of whose values has a check."""
    if not isinstance(items, dict):
        return f"{what} is missing."
    for key, value in items.items():
        if key not in checks:
            return f"{what} has {shown(key)}, which this version does not know."
        if not checks[key](value):
            return f"{key} of the {what} is {shown(value)}, which this version cannot run."
    return ""


def _are_rising(items: dict[str, Any], first: str, second: str) -> bool:
    """Whether both are numbers above 0, and the second is above the first."""
    ends = items.get(first), items.get(second)
    return all(map(is_positive, ends)) and bool(items[first] < items[second])
