"""Each format, from a file as its program saves it to the network's output as its program has it.

``golden/NAME.json`` has the settings and the parameters' names and shapes, whose weights are drawn
from a seed; ``golden/NAME.npz`` x and the level (a timestep, or sigma) as the original networks
took them, and what they gave: y, at every second row and column.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from backend.models.importing.importing import import_model
from backend.models.loading import load_model
from backend.sdedit.released import sdedit_released
from backend.sdedit.vp_schedules import DiscreteVPSchedule, linear_betas
from tests.backend.models.importing.checkpoints_made import (
    GOLDEN,
    ddim_training,
    golden_weights,
    score_sde_training,
    write_config,
)
from tests.backend.models.importing.guided_diffusion_unet import GuidedDiffusionUNet
from tests.backend.models.importing.ncsnpp_unet import NCSNpp

FORMATS = {
    "SDEdit's .ckpt": ("ddpm", "sdedit.ckpt"),
    "ddim's training .ckpt": ("ddpm", "ckpt.pth"),
    "DDPM as safetensors": ("ddpm", "ddpm.safetensors"),
    "guided-diffusion's .pt": ("guided_diffusion", "256.pt"),
    "guided-diffusion's .pt without its options": ("guided_diffusion_plain", "64.pt"),
    "score_sde's .pth": ("ncsnpp", "checkpoint_48.pth"),
}


def write(path: Path, name: str) -> Path:
    """The golden weights in a file as its format has them; its settings."""
    weights, settings = golden_weights(name)
    if path.suffix == ".safetensors":
        save_file(weights, path)
    elif name == "ncsnpp":
        torch.save(score_sde_training(weights, sigma_max=1348.0), path)
    elif path.name == "ckpt.pth":
        torch.save(ddim_training(weights, prefix="module."), path)
    else:
        torch.save(weights, path)
    return write_config(path.with_suffix(".json"), settings)


@pytest.mark.parametrize("case", FORMATS)
def test_an_imported_network_gives_what_the_original_one_gave(case, tmp_path):
    golden, file_name = FORMATS[case]
    path = tmp_path / file_name
    config = write(path, golden)

    info = import_model(str(path), name="imported", config=config)
    network = load_model(info.name, "cpu").network.to(memory_format=torch.contiguous_format)

    with np.load(GOLDEN / f"{golden}.npz") as arrays:
        x, level, y = (torch.from_numpy(arrays[key]) for key in ("x", "level", "y"))
    with torch.no_grad():
        output = network(x, level).sample[:, :, ::2, ::2]
    unit = level[:, None, None, None] if golden == "ncsnpp" else 1  # a score's unit is 1 / sigma
    assert y.abs().max() > 1
    assert ((output - y) * unit).abs().max() < 3e-5  # 8e-6 on one machine


@pytest.mark.parametrize(
    ("golden", "network"),
    [
        (
            "guided_diffusion",
            GuidedDiffusionUNet(
                image_size=64,
                channel_mult=(1, 2, 2),
                attention_resolutions=(32, 16),
                num_head_channels=16,
                use_scale_shift_norm=True,
                resblock_updown=True,
                learn_sigma=True,
            ),
        ),
        (
            "guided_diffusion_plain",
            GuidedDiffusionUNet(image_size=64, channel_mult=(1, 2, 2), num_res_blocks=2),
        ),
        ("ncsnpp", NCSNpp(image_size=128, nf=16, ch_mult=(1, 2, 4, 8), attn_resolutions=(16,))),
    ],
)
def test_the_networks_that_other_tests_compare_with_are_the_original_ones(golden, network):
    network.load_state_dict(golden_weights(golden)[0])
    with np.load(GOLDEN / f"{golden}.npz") as arrays:
        x, level, y = (torch.from_numpy(arrays[key]) for key in ("x", "level", "y"))

    with torch.no_grad():
        output = network(x, level)[:, :, ::2, ::2]

    unit = level[:, None, None, None] if golden == "ncsnpp" else 1
    assert ((output - y) * unit).abs().max() < 3e-5


def test_the_released_programs_run_is_met_by_the_imported_network(tmp_path):
    path = tmp_path / "sdedit.ckpt"
    model = load_model(import_model(str(path), name="x", config=write(path, "ddpm")).name, "cpu")
    assert model.schedule == DiscreteVPSchedule(linear_betas())
    runs = Path(__file__).parents[2] / "sdedit" / "golden" / "released_runs.npz"
    with np.load(runs) as arrays:
        image, noise, keep, masked = (
            torch.from_numpy(arrays[key]) for key in ("image", "noise", "keep", "masked")
        )

    def network(x: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
        return model.network(x, timestep).sample

    *_, last = sdedit_released(
        network,
        image[None] * 2 - 1,
        model.schedule,
        lambda draw: noise[draw][None],
        timesteps=40,
        keep=keep,
        repeats=2,
    )

    assert (last.x[0] - masked[-1]).abs().max() < 5e-6  # 0.0006 / 255
