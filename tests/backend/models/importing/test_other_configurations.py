"""Networks of many configurations, each compared with one written for these tests."""

from __future__ import annotations

import math

import pytest
import torch

from backend.models.importing.importing import import_model
from backend.models.loading import load_model
from backend.models.pixel_model import View
from tests.backend.models.importing.checkpoints_made import (
    drawn_network,
    score_sde_training,
    write_config,
)
from tests.backend.models.importing.guided_diffusion_unet import GuidedDiffusionUNet
from tests.backend.models.importing.ncsnpp_unet import NCSNpp
from tests.backend.sdedit.ddpm_unet import DDPMUNet

GUIDED_DIFFUSION = {
    "two heads": {"num_heads": 2},
    "two heads, new order": {"num_heads": 2, "use_new_attention_order": True},
    "as many heads at every width": {
        "num_heads": 4,
        "channel_mult": (1, 3),
        "attention_resolutions": (32, 16),
    },
    "heads of one width": {
        "num_head_channels": 32,
        "channel_mult": (1, 3),
        "attention_resolutions": (32, 16),
        "use_new_attention_order": True,
    },
    "scale and shift alone": {"use_scale_shift_norm": True, "learn_sigma": True},
    "residual blocks that resize, alone": {"resblock_updown": True, "num_res_blocks": 3},
    "classes": {
        "classes": 10,
        "num_head_channels": 16,
        "use_scale_shift_norm": True,
        "resblock_updown": True,
    },
    "a first level narrower than the timestep": {
        "num_channels": 64,
        "channel_mult": (0.5, 1, 1),
        "resblock_updown": True,
        "attention_resolutions": (8,),
    },
    "a first level wider than the timestep": {"channel_mult": (2, 2)},
    "attention at none of its levels": {"attention_resolutions": (4,), "resblock_updown": True},
    "attention above, not below": {"channel_mult": (1, 1, 2), "attention_resolutions": (32,)},
    "one level": {"channel_mult": (1,), "num_res_blocks": 2},
}
NCSNPP = {
    "attention in the middle alone": {"attn_resolutions": ()},
    "attention at every level": {"attn_resolutions": (32, 16, 8)},
    "two blocks a level": {"num_res_blocks": 2, "ch_mult": (1, 1, 2)},
    "data in [-1, 1]": {"centered": True},
    "narrow": {"nf": 16, "ch_mult": (1, 2, 2), "attn_resolutions": (8,)},
    "wide": {"nf": 64, "ch_mult": (1, 3), "attn_resolutions": (16,)},
}
DDPM = {
    "two blocks a level": {"blocks": 2},
    "attention at the top": {"attention_at": 32},
    "attention at the bottom": {"attention_at": 8, "factors": (1, 1, 3)},
    "attention in the middle alone": {"attention_at": 4},
    "wide": {"channels": 64, "factors": (1, 2)},
    "four levels": {"factors": (1, 1, 2, 2), "blocks": 1},
}


def same_output(tmp_path, network, content, settings, level, *label):
    """Import what a program saves of a network: does diffusers' network give the same?"""
    path = tmp_path / "checkpoint.pt"
    torch.save(content, path)
    config = write_config(tmp_path / "settings.json", settings)
    model = load_model(import_model(str(path), name="x", config=config).name, "cpu")
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        wanted = network(x, level, *label)
        found = model.network(x, level, *label).sample
    scale = wanted.abs().max()
    assert scale > 0.1
    return bool((found - wanted).abs().max() < 2e-5 * scale)


@pytest.mark.parametrize("case", GUIDED_DIFFUSION)
def test_guided_diffusion(case, tmp_path):
    settings = {"image_size": 32, "num_heads": 1, **GUIDED_DIFFUSION[case]}
    network = drawn_network(GuidedDiffusionUNet(**settings))
    label = [torch.tensor([3, 9])] if "classes" in settings else []

    level = torch.tensor([7.0, 531.0])
    assert same_output(tmp_path, network, network.state_dict(), settings, level, *label)


@pytest.mark.parametrize("case", NCSNPP)
def test_ncsnpp(case, tmp_path):
    network = drawn_network(NCSNpp(**NCSNPP[case]))
    settings = {
        "data": {"image_size": 32, "centered": NCSNPP[case].get("centered", False)},
        "model": {"fir": True, "skip_rescale": True, "scale_by_sigma": True},
    }

    content = score_sde_training(network.state_dict())
    assert same_output(tmp_path, network, content, settings, torch.tensor([0.3, 40.0]))


@pytest.mark.parametrize("positional", [True, False], ids=["positional", "fourier"])
@pytest.mark.parametrize("sde", ["vpsde", "subvpsde"])
def test_ncsnpp_of_a_vp_sde(sde, positional, tmp_path):
    network = drawn_network(NCSNpp(centered=True, positional=positional))
    content = score_sde_training(network.state_dict())
    settings = {
        "data": {"image_size": 32, "centered": True},
        "model": {
            "fir": True,
            "skip_rescale": True,
            "scale_by_sigma": not positional,
            "beta_max": 15.0,
        },
        "training": {"sde": sde, "continuous": True},
    }
    assert same_output(tmp_path, network, content, settings, torch.tensor([7.25, 531.5]))

    model = load_model("x", "cpu")
    denoise = model.denoiser(View(top=0, bottom=1, picture_height=32))
    for t in (0.02, 0.4, 1.0):
        noise_added = 0.1 * t + t**2 / 2 * (15 - 0.1)
        alpha, std = math.exp(-noise_added / 2), 1 - math.exp(-noise_added)
        if sde == "vpsde":
            std = math.sqrt(std)
        x = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(2))
        with torch.no_grad():
            score = -network(x, torch.tensor([999 * t])) / std  # as score_sde has it
            wanted = (x + std**2 * score) / alpha  # Tweedie's formula
            found = denoise(x / alpha, torch.tensor(std / alpha))
        assert (found - wanted).abs().max() < 1e-4 * wanted.abs().max()


@pytest.mark.parametrize("case", DDPM)
def test_ddpm(case, tmp_path):
    network = drawn_network(DDPMUNet(**DDPM[case]))
    settings = {
        "data": {"image_size": 32},
        "diffusion": {
            "beta_schedule": "linear",
            "beta_start": 1e-4,
            "beta_end": 0.02,
            "num_diffusion_timesteps": 1000,
        },
    }

    level = torch.tensor([7.0, 531.0])
    assert same_output(tmp_path, network, network.state_dict(), settings, level)


def test_improved_diffusions_4000_timesteps_are_told_as_1000(tmp_path):
    network = drawn_network(GuidedDiffusionUNet(num_heads=2))
    path = tmp_path / "cifar10_uncond.pt"
    torch.save(network.state_dict(), path)
    settings = {
        "image_size": 32,
        "num_heads": 2,
        "noise_schedule": "cosine",
        "diffusion_steps": 4000,
        "rescale_timesteps": True,
    }
    info = import_model(str(path), config=write_config(tmp_path / "settings.json", settings))
    model = load_model(info.name, "cpu")

    x, timestep = torch.randn(1, 3, 32, 32), torch.tensor([1234.0])
    with torch.no_grad():
        wanted, found = network(x, timestep / 4), model.network(x, timestep).sample
    assert (found - wanted).abs().max() < 2e-5
    assert model.schedule.timesteps == 4000
