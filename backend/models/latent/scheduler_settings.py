"""A pipeline's scheduler, as model.json describes it: its noise, and what its network predicts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import diffusers

from backend.models.importing.errors import ImportRefused
from protocol.sentences import shown

_PREDICTIONS = {"epsilon": "epsilon", "v_prediction": "v", "sample": "x0"}
_BETAS = {"linear": "linear", "scaled_linear": "scaled_linear", "squaredcos_cap_v2": "cosine"}


@dataclass(frozen=True)
class SchedulerSettings:
    """sde, prediction: as in model.json. is_distilled: made for a few whole timesteps."""

    sde: dict[str, Any]
    prediction: str
    is_distilled: bool


def scheduler_settings(told: dict[str, Any], tokens_at_native: int) -> SchedulerSettings:
    """What a scheduler_config.json tells, with the class's defaults for what it leaves out.

    tokens_at_native: how many tokens a picture of the native size has for a transformer. Raises
    ImportRefused where our schedules cannot say the same.
    """
    name = str(told.get("_class_name"))
    # A name from outside: it picks one of the library's own classes, and nothing else.
    made = getattr(diffusers.schedulers, name, None) if name.endswith("Scheduler") else None
    if not (isinstance(made, type) and issubclass(made, diffusers.SchedulerMixin)):
        raise ImportRefused(f"The scheduler {shown(name)} is not one that diffusers has.")
    made_of: Any = made
    config = dict(made_of.from_config(told).config)
    if name.startswith("FlowMatch"):
        return SchedulerSettings(_flow(config, tokens_at_native), "flow", False)
    return _ddpm(name, config)


def _ddpm(name: str, config: dict[str, Any]) -> SchedulerSettings:
    betas = _BETAS.get(str(config.get("beta_schedule")))
    prediction = _PREDICTIONS.get(str(config.get("prediction_type")))
    if betas is None or prediction is None or config.get("trained_betas") is not None:
        raise ImportRefused(
            f"The noise of the scheduler {name} cannot be represented here.",
            "Known are linear, scaled_linear and squaredcos_cap_v2 betas, with epsilon, "
            "v_prediction or sample.",
        )
    sde = {
        "kind": "ddpm",
        "betas": betas,
        "beta_start": config["beta_start"],
        "beta_end": config["beta_end"],
        "timesteps": config["num_train_timesteps"],
        "zero_snr": bool(config.get("rescale_betas_zero_snr")),
    }
    is_distilled = name == "LCMScheduler" or config.get("timestep_spacing") == "trailing"
    # Lin et al.'s fix goes with the same spacing, and is no distillation.
    return SchedulerSettings(sde, prediction, is_distilled and not sde["zero_snr"])


def _flow(config: dict[str, Any], tokens: int) -> dict[str, Any]:
    """Where the shift follows the picture's size, it is that of the native size: t0 must not mean
    something else in a larger selection."""
    shift = float(config["shift"])
    if config.get("use_dynamic_shifting"):
        low, high = config["base_image_seq_len"], config["max_image_seq_len"]
        slope = (config["max_shift"] - config["base_shift"]) / (high - low)
        mu = config["base_shift"] + slope * (min(tokens, high) - low)
        shift = math.exp(mu) if config["time_shift_type"] == "exponential" else mu
    return {"kind": "flow", "shift": shift, "timesteps": config["num_train_timesteps"]}
