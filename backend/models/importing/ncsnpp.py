"""NCSN++ of score_sde (Song et al. 2021), of any of its three SDEs.

Its code numbers the modules in one list; their order, and what each holds, tell the architecture.
A VE model is told sigma and gives the score. A VP or sub-VP model is told 999 t and gives noise,
which the program divides by -sigma to have the score.
"""

from __future__ import annotations

import math
import re
from typing import Any

from torch import Tensor

from backend.models.importing.conversion import (
    Conversion,
    Weights,
    check_first_width,
    multiples_of,
    renamed,
    shape_of,
)
from backend.models.importing.errors import ImportRefused
from backend.models.importing.ncsnpp_architecture import Architecture
from backend.models.importing.settings import IMAGE_SIZE, Setting, Settings
from protocol.sentences import shown

FORMAT = "score_sde NCSN++"
SIGN = "all_modules."
"""How the names of this format's weights begin, and of no other's."""

CENTERED = Setting("centered", "whether its data is in [-1, 1] and not in [0, 1]", False)
SIGMAS = (
    Setting("sigma_min", "its least noise level", 0.01),
    Setting("sigma_max", "its highest noise level", 348.0),
)
BETAS = (
    Setting("beta_min", "the least β", 0.1, 0.1),
    Setting("beta_max", "the greatest β", 20.0, 20.0),
)
SDES = {"vesde": "ve", "vpsde": "vp", "subvpsde": "subvp"}
"""Their names for SDEs, and model.json's."""
AS_UNET2D = (
    Setting("fir", "whether it resamples with a filter", True),
    Setting("skip_rescale", "whether sums are divided by √2", True),
    Setting("scale_by_sigma", "whether its output is divided by what it is told", True),
)
"""What no shape shows. UNet2DModel does the first two always, the last with Fourier features."""
ONLY = {
    "nonlinearity": "swish",
    "progressive_combine": "sum",
    "fir_kernel": [1, 3, 3, 1],
    "conditional": True,
}
"""What UNet2DModel has no other of, where --config says it."""

_VE = {
    "sde": "vesde",
    "fir": True,
    "skip_rescale": True,
    "scale_by_sigma": True,
    "centered": False,
}
PUBLISHED: dict[tuple[int, tuple[float, ...], int, tuple[int, ...]], dict[str, Any]] = {
    # (nf, ch_mult, num_res_blocks, levels with attention)
    # ve/: church, bedroom, ffhq_256 and celebahq_256, apart only in sigma_max
    (128, (1, 1, 2, 2, 2, 2, 2), 2, (4,)): {"image_size": 256, **_VE},
    # ve/: ffhq_1024
    (16, (1, 2, 4, 8, 16, 32, 32, 32), 1, (6,)): {"image_size": 1024, **_VE},
}
"""What score_sde's configurations say of its checkpoints beside their architecture."""


def convert(weights: Weights, settings: Settings) -> Conversion:
    """Raises ImportRefused for what is missing, contradictory, or beyond UNet2DModel."""
    weights = dict(weights)
    sigmas = weights.pop("sigmas", None)
    found = Architecture(weights)
    check_first_width(found.widths[0], found.nf)
    multiples = multiples_of(found.nf, found.widths)
    key = (found.nf, multiples, found.blocks, tuple(found.attentive))
    known = PUBLISHED.get(key, {}) if settings.get("sde") in (None, "vesde") else {}
    for name, value in (("nf", key[0]), ("ch_mult", multiples), ("num_res_blocks", key[2])):
        settings.check_agrees(name, value)
    settings = settings.backed_by({**known, **_range_of(settings, sigmas)})
    sde = _sde_setting(found)
    of_sde = BETAS if settings.get("sde") in ("vpsde", "subvpsde") else SIGMAS
    told = settings.need(sde, IMAGE_SIZE, CENTERED, *AS_UNET2D, *of_sde)
    _refuse_settings(settings, told, found)
    settings.check_attention("attn_resolutions", told["image_size"], found.levels, found.attentive)
    levels = range(found.levels)
    return Conversion(
        FORMAT,
        renamed(_plainly_named(weights), found.names),
        {
            "sample_size": told["image_size"],
            "in_channels": shape_of(weights, f"all_modules.{found.conv_in}.weight")[1],
            "out_channels": 3,
            "center_input_sample": not told["centered"],
            "time_embedding_type": "fourier" if found.is_fourier else "positional",
            "flip_sin_to_cos": False,
            "freq_shift": 1,
            "down_block_types": [
                "AttnSkipDownBlock2D" if i in found.attentive else "SkipDownBlock2D" for i in levels
            ],
            "up_block_types": [
                "AttnSkipUpBlock2D" if i in found.attentive else "SkipUpBlock2D"
                for i in reversed(levels)
            ],
            "block_out_channels": found.widths,
            "layers_per_block": found.blocks,
            "mid_block_scale_factor": math.sqrt(2),
            "attention_head_dim": None,
            "norm_num_groups": None,
            "norm_eps": 1e-6,
        },
        _described_sde(told),
        "score" if told["sde"] == "vesde" else "epsilon",
        # UNet2DModel gives attention 32 groups, whatever its width.
        {"channels_per_group": 4},
    )


def _sde_setting(found: Architecture) -> Setting:
    """With Fourier features the program's default is VE; without, there is none to assume."""
    meaning = f"its SDE, one of {', '.join(SDES)}"
    return Setting("sde", meaning, "vpsde", "vesde" if found.is_fourier else None)


def _described_sde(told: dict[str, Any]) -> dict[str, Any]:
    if told["sde"] != "vesde":
        betas = {"beta_min": told["beta_min"], "beta_max": told["beta_max"]}
        return {"kind": SDES[told["sde"]], **betas}
    return {
        "kind": "ve",
        "sigma_min": told["sigma_min"],
        "sigma_max": told["sigma_max"],
        "data_range": "symmetric" if told["centered"] else "unit",
    }


def _range_of(settings: Settings, sigmas: Tensor | None) -> dict[str, Any]:
    """sigma_min and sigma_max as the checkpoint's table of levels has them.

    Rounded to six digits: the table is of float32 logarithms. Raises ImportRefused where --config
    says otherwise.
    """
    if sigmas is None or not sigmas.numel():
        return {}
    ends = {"sigma_min": sigmas.min().item(), "sigma_max": sigmas.max().item()}
    for name, found in ends.items():
        told = settings.get(name)
        if isinstance(told, (int, float)) and not math.isclose(told, found, rel_tol=1e-3):
            settings.check_agrees(name, float(f"{found:.6g}"))
    return {name: float(f"{found:.6g}") for name, found in ends.items()}


def _refuse_settings(settings: Settings, told: dict[str, Any], found: Architecture) -> None:
    if told["sde"] not in SDES:
        raise ImportRefused(
            f"The sde {shown(told['sde'])} is not known here.", f"Known are {', '.join(SDES)}."
        )
    if told["sde"] == "vesde" and not found.is_fourier:
        raise ImportRefused(
            "It is told timesteps and not sigma (positional embedding), but its sde is vesde.",
            "Such a model has noise levels of its own, which this version does not know.",
        )
    if told["sde"] != "vesde" and settings.get("continuous") is False:
        raise ImportRefused(
            "It was trained on whole timesteps (continuous is false).",
            "Of score_sde's VP models those trained on continuous time can be imported.",
        )
    if told["sde"] != "vesde" and not told["centered"]:
        raise ImportRefused(
            "Its data is in [0, 1] (centered is false), though its sde is not vesde.",
            "A VP model can be imported whose data is in [-1, 1].",
        )
    for setting, must_be in zip(AS_UNET2D, (True, True, found.is_fourier)):
        if told[setting.name] is not must_be:
            raise ImportRefused(
                f"Its {setting.name} is {str(told[setting.name]).lower()}.",
                "UNet2DModel has no such network.",
            )
    for name, only in ONLY.items():
        if settings.get(name) not in (None, only):
            raise ImportRefused(
                f"Its {name} is {settings.get(name)}.",
                f"UNet2DModel has no such network: it must be {only}.",
            )


def _plainly_named(weights: Weights) -> Weights:
    """The weights with W and b called weight and bias, and as those are shaped."""
    named = {}
    for name, value in weights.items():
        match = re.fullmatch(r"(.+\.NIN_\d)\.(W|b)", name)
        if match is None:
            named[re.sub(r"\.W$", ".weight", name)] = value
        elif match[2] == "W":
            named[f"{match[1]}.weight"] = value.T
        else:
            named[f"{match[1]}.bias"] = value
    return named
