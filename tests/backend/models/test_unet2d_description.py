from __future__ import annotations

import subprocess
import sys

import pytest

from backend.models.unet2d_description import problem
from backend.paths import ROOT

GOOD = {
    "sde": {"kind": "ve", "sigma_min": 0.01, "sigma_max": 348, "data_range": "unit"},
    "prediction": "score",
    "network": {
        "sample_size": 64,
        "block_out_channels": [32, 64],
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D"],
        "up_block_types": ["AttnUpBlock2D", "UpBlock2D"],
        "mid_block_type": "UNetMidBlock2D",
        "attention_head_dim": None,
        "norm_eps": 1e-6,
    },
    "classes": 0,
}
DDPM = {"kind": "ddpm", "betas": "linear", "beta_start": 1e-4, "beta_end": 0.02, "timesteps": 1000}


def with_network(**changes):
    return {"network": {**GOOD["network"], **changes}}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"sde": DDPM, "prediction": "v"},
        {"sde": {"kind": "ddpm", "betas": "cosine", "timesteps": 4000}, "prediction": "epsilon"},
        {"sde": {"kind": "subvp", "beta_min": 0.1, "beta_max": 20}, "prediction": "x0"},
        {"adjustments": {"attention_heads": 4, "timestep_scale": 0.25}},
        {**with_network(num_class_embeds=1000), "classes": 1000, "class_names": "imagenet"},
        {**with_network(num_class_embeds=2), "classes": 2, "class_names": ["leaf", "stem"]},
    ],
)
def test_what_can_be_run_has_no_problem(change):
    assert problem({**GOOD, **change}) == ""


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sde": None}, "sde is missing."),
        ({"sde": {"kind": "flow"}}, "the kind of the sde is 'flow'"),
        ({"sde": {**GOOD["sde"], "sigma_max": 0.01}}, "sigma_max above that"),
        ({"sde": {**GOOD["sde"], "sigma_min": float("nan")}}, "sigma_min above 0"),
        ({"sde": {**GOOD["sde"], "data_range": "bytes"}}, 'data_range of the sde must be "unit"'),
        ({"sde": {**DDPM, "betas": "sigmoid"}}, "betas of the sde must be"),
        ({"sde": {**DDPM, "beta_end": 1}}, "beta_end above that and below 1"),
        ({"sde": {**DDPM, "timesteps": 1e3}}, "timesteps of the sde must be a whole number"),
        ({"sde": {"kind": "vp", "beta_min": 20, "beta_max": 0.1}}, "beta_max above that"),
        ({"prediction": "noise"}, "prediction must be one of"),
        ({"network": []}, "network is missing."),
        (with_network(in_channels=4), "in_channels of the network is 4"),
        (with_network(block_out_channels=[32]), "one of each for every level"),
        (with_network(block_out_channels=[10**6, 64]), "block_out_channels of the network"),
        (with_network(layers_per_block=True), "layers_per_block of the network is True"),
        (with_network(act_fn=["silu"]), "act_fn of the network is of type list"),
        (with_network(hooks=1), "network has 'hooks', which this version does not know"),
        (with_network(num_class_embeds=3), "classes and num_class_embeds"),
        ({"classes": None}, "classes must be a whole number"),
        ({"class_names": "imagenet"}, "class_names must be a text for each class"),
        ({"adjustments": {"attention_heads": 0}}, "attention_heads of the adjustments is 0"),
        ({"adjustments": None}, "adjustments is missing."),
    ],
)
def test_what_cannot_be_run_is_named(change, sentence):
    assert sentence in problem({**GOOD, **change})


def test_it_needs_neither_torch_nor_diffusers():
    code = "import sys, backend.models.unet2d_description; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
