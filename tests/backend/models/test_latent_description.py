from __future__ import annotations

import copy
from typing import Any

import pytest

from backend.models.latent_description import problem

SD: dict[str, Any] = {
    "family": "sd",
    "weights": ["unet/diffusion_pytorch_model.safetensors"],
    "sde": {
        "kind": "ddpm",
        "betas": "scaled_linear",
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "timesteps": 1000,
        "zero_snr": False,
    },
    "prediction": "epsilon",
    "guidance_scale": 7.5,
    "few_steps": False,
    "empty_is_zeros": False,
}
FLUX: dict[str, Any] = {
    **SD,
    "family": "flux",
    "sde": {"kind": "flow", "shift": 3.0, "timesteps": 1000},
    "prediction": "flow",
}


@pytest.mark.parametrize("config", [SD, FLUX, {**SD, "guidance_scale": 0}])
def test_a_whole_description_has_no_problem(config):
    assert problem(config) == ""


@pytest.mark.parametrize(
    ("config", "key", "value", "named"),
    [
        (SD, "family", "sd9", "family"),
        (SD, "family", ["sd"], "family"),
        (SD, "weights", [], "weights"),
        (SD, "weights", ["../secret.safetensors"], "weights"),
        (SD, "weights", ["unet/../../secret.safetensors"], "weights"),
        (SD, "weights", ["/etc/model.safetensors"], "weights"),
        (SD, "weights", [7], "weights"),
        (SD, "guidance_scale", -1, "guidance_scale"),
        (SD, "guidance_scale", float("nan"), "guidance_scale"),
        (SD, "guidance_scale", None, "guidance_scale"),
        (SD, "few_steps", 1, "few_steps"),
        (SD, "empty_is_zeros", None, "empty_is_zeros"),
        (SD, "sde", None, "sde"),
        (SD, "sde.timesteps", 1, "timesteps"),
        (SD, "sde.timesteps", True, "timesteps"),
        (SD, "sde.betas", "cubic", "betas"),
        (SD, "sde.beta_end", 1.0, "beta_end"),
        (SD, "sde.beta_start", 0.5, "beta_start"),
        (SD, "sde.zero_snr", "no", "zero_snr"),
        (SD, "sde.zero_snr", True, "terminal SNR"),
        (SD, "prediction", "flow", "prediction"),
        (SD, "prediction", {}, "prediction"),
        (FLUX, "sde.shift", 0, "shift"),
        (FLUX, "sde.shift", "3", "shift"),
        (FLUX, "sde.kind", "ddpm", "flow"),
        (FLUX, "prediction", "v", "prediction"),
    ],
)
def test_what_is_wrong_is_named(config, key, value, named):
    damaged = copy.deepcopy(config)
    *outer, last = key.split(".")
    place = damaged[outer[0]] if outer else damaged
    place[last] = value

    assert named in problem(damaged)
