"""model.json of kind "latent". Torch-free.

{…, "family": "sd", "weights": ["unet/diffusion_pytorch_model.safetensors", …],
 "sde": {"kind": "ddpm", "betas": "scaled_linear", "beta_start": …, "beta_end": …,
         "timesteps": 1000, "zero_snr": false} or {"kind": "flow", "shift": 3.0, "timesteps": 1000},
 "prediction": "epsilon", "guidance_scale": 7.5, "few_steps": false, "empty_is_zeros": false,
 "source": {…}}

family: see `latent.families`. weights: all files of weights within the model's folder, in the
order in which "sha256" was taken over them. guidance_scale: where the artist says none; at 1 and
below there is no guidance. few_steps: distilled to a few evaluations at whole timesteps.
empty_is_zeros: no negative prompt is a text of zeros, and not the empty text (SDXL).
"""

from __future__ import annotations

import re
from typing import Any

from backend.models.latent.families import FAMILIES
from backend.models.plain_values import is_positive, is_whole

BETAS = ("linear", "scaled_linear", "cosine")
PREDICTIONS = ("epsilon", "v", "x0")
GUIDANCE_MOST = 100
_WEIGHTS = re.compile(r"[a-z0-9_]{1,40}/[A-Za-z0-9][A-Za-z0-9._-]{0,127}\.safetensors")


def problem(config: dict[str, Any]) -> str:
    """What is wrong with it, in a sentence; "" when all is right."""
    family, weights = config.get("family"), config.get("weights")
    guidance: Any = config.get("guidance_scale")
    if not isinstance(family, str) or family not in FAMILIES:
        return f"family must be one of {', '.join(FAMILIES)}."
    if not (
        isinstance(weights, list)
        and 1 <= len(weights) <= 200
        and all(isinstance(path, str) and _WEIGHTS.fullmatch(path) for path in weights)
    ):
        return "weights must name 1 to 200 files such as unet/model.safetensors."
    if guidance != 0 and not (is_positive(guidance) and guidance <= GUIDANCE_MOST):
        return f"guidance_scale must be a number from 0 to {GUIDANCE_MOST}."
    for key in ("few_steps", "empty_is_zeros"):
        if not isinstance(config.get(key), bool):
            return f"{key} must be true or false."
    sde = config.get("sde")
    if not isinstance(sde, dict) or not is_whole(sde.get("timesteps"), 2, 100_000):
        return "sde must have timesteps from 2 to 100000."
    if FAMILIES[family].network.folder == "transformer":
        return _flow_problem(sde, config.get("prediction"))
    return ddpm_problem(sde, config.get("prediction"))


def ddpm_problem(sde: dict[str, Any], prediction: Any) -> str:
    """What is wrong with the schedule of a DDPM and what its network predicts; "" when nothing."""
    if sde.get("kind") != "ddpm" or sde.get("betas") not in BETAS:
        return f'sde must be of kind "ddpm", with betas {" or ".join(BETAS)}.'
    start: Any = sde.get("beta_start")
    end: Any = sde.get("beta_end")
    if not (is_positive(start) and is_positive(end) and start <= end < 1):
        return "beta_start and beta_end must rise between 0 and 1."
    if not isinstance(sde.get("zero_snr"), bool):
        return "zero_snr must be true or false."
    if not isinstance(prediction, str) or prediction not in PREDICTIONS:
        return f"prediction must be one of {', '.join(PREDICTIONS)}."
    if sde["zero_snr"] and prediction == "epsilon":
        return (
            "its last timestep is noise alone (zero terminal SNR), from which a prediction of "
            "the noise tells nothing of the picture."
        )
    return ""


def _flow_problem(sde: dict[str, Any], prediction: Any) -> str:
    shift: Any = sde.get("shift")
    if sde.get("kind") != "flow" or not is_positive(shift) or not 0.01 <= shift <= 100:
        return 'sde must be of kind "flow", with a shift from 0.01 to 100.'
    return "" if prediction == "flow" else 'prediction must be "flow".'
