"""The published checkpoints need no --config: their architecture tells which they are.

Their weights are gigabytes, so their names and shapes alone are converted here.
"""

from __future__ import annotations

import pytest
import torch

from backend.models.importing import ddpm, guided_diffusion, ncsnpp
from backend.models.importing.errors import ImportRefused
from backend.models.importing.fitting import check_fits
from backend.models.importing.settings import Settings
from backend.models.unet2d_network import build_network
from tests.backend.models.importing.guided_diffusion_unet import GuidedDiffusionUNet
from tests.backend.models.importing.ncsnpp_unet import NCSNpp
from tests.backend.sdedit.ddpm_unet import DDPMUNet

ADM = {
    "attention_resolutions": (32, 16, 8),
    "learn_sigma": True,
    "num_head_channels": 64,
    "resblock_updown": True,
    "use_scale_shift_norm": True,
    "num_channels": 256,
    "num_res_blocks": 2,
}
MULT_256 = (1, 1, 2, 2, 4, 4)
LSUN = {"side_px": 256, "channels": 128, "factors": MULT_256, "blocks": 2}


def on_meta(network_class, **options):
    with torch.device("meta"):
        return dict(network_class(**options).state_dict())


def parameters_in_millions(conversion):
    check_fits(conversion)
    network = build_network(conversion.network, conversion.adjustments)
    return round(sum(value.numel() for value in network.parameters()) / 1e6, 1)


@pytest.mark.parametrize(
    ("options", "native_px", "millions"),
    [
        (LSUN, 256, 113.7),
        ({**LSUN, "side_px": 32, "factors": (1, 2, 2, 2)}, 32, 35.7),
        ({**LSUN, "side_px": 64, "factors": (1, 2, 2, 2, 4)}, 64, 78.7),
    ],
)
def test_ddpm(options, native_px, millions):
    conversion = ddpm.convert(on_meta(DDPMUNet, **options), Settings())

    assert conversion.network["sample_size"] == native_px
    assert conversion.sde == {
        "kind": "ddpm",
        "betas": "linear",
        "beta_start": 1e-4,
        "beta_end": 0.02,
        "timesteps": 1000,
    }
    assert parameters_in_millions(conversion) == millions


@pytest.mark.parametrize(
    ("options", "millions", "betas", "adjustments"),
    [
        (
            {
                **ADM,
                "image_size": 64,
                "num_channels": 192,
                "num_res_blocks": 3,
                "channel_mult": (1, 2, 3, 4),
                "classes": 1000,
            },
            295.9,
            "cosine",
            {},
        ),
        (
            {
                **ADM,
                "image_size": 128,
                "num_head_channels": -1,
                "num_heads": 4,
                "channel_mult": (1, 1, 2, 3, 4),
                "classes": 1000,
            },
            421.5,
            "linear",
            {"attention_heads": 4},
        ),
        (
            {**ADM, "image_size": 256, "channel_mult": MULT_256, "classes": 1000},
            553.8,
            "linear",
            {},
        ),
        ({**ADM, "image_size": 256, "channel_mult": MULT_256}, 552.8, "linear", {}),
        (
            {
                **ADM,
                "image_size": 512,
                "channel_mult": (0.5, 1, 1, 2, 2, 4, 4),
                "classes": 1000,
            },
            559.0,
            "linear",
            {"timestep_channels": 256},
        ),
    ],
)
def test_guided_diffusion(options, millions, betas, adjustments):
    conversion = guided_diffusion.convert(on_meta(GuidedDiffusionUNet, **options), Settings())

    assert conversion.network["sample_size"] == options["image_size"]
    assert conversion.sde["betas"] == betas
    assert conversion.adjustments == adjustments
    assert conversion.class_names == ("imagenet" if "classes" in options else "")
    assert parameters_in_millions(conversion) == millions


@pytest.mark.parametrize(
    ("options", "sigma_max", "millions"),
    [
        ({"nf": 128, "ch_mult": (1, 1, 2, 2, 2, 2, 2), "num_res_blocks": 2}, 380.0, 65.6),
        ({"nf": 16, "ch_mult": (1, 2, 4, 8, 16, 32, 32, 32)}, 1348.0, 105.8),
    ],
)
def test_ncsnpp(options, sigma_max, millions):
    """Its range of noise is in the checkpoint's own table of levels."""
    native_px = 4 << len(options["ch_mult"]) if options["nf"] == 16 else 256
    weights = on_meta(NCSNpp, image_size=native_px, attn_resolutions=(16,), **options)
    ends = torch.tensor([sigma_max, 0.01], dtype=torch.float64).log().tolist()
    weights["sigmas"] = torch.linspace(*ends, 2000).exp()

    conversion = ncsnpp.convert(weights, Settings())

    assert conversion.network["sample_size"] == native_px
    assert conversion.sde == {
        "kind": "ve",
        "sigma_min": 0.01,
        "sigma_max": sigma_max,
        "data_range": "unit",
    }
    assert parameters_in_millions(conversion) == millions


def test_guided_diffusions_flags_may_be_told_as_it_writes_them():
    """Lists as text, "" and -1 for its defaults; and told ones count before the published."""
    options = {**ADM, "image_size": 256, "channel_mult": MULT_256}
    weights = on_meta(GuidedDiffusionUNet, **options)
    flags = {
        "attention_resolutions": "32,16,8",
        "channel_mult": "",
        "num_head_channels": -1,
        "num_heads": 4,
        "num_res_blocks": 2,
    }

    conversion = guided_diffusion.convert(weights, Settings(flags))

    assert conversion.adjustments == {"attention_heads": 4}
    assert conversion.network["attention_head_dim"] is None
    assert guided_diffusion.convert(weights, Settings({"num_heads": 4})).adjustments == (
        conversion.adjustments
    )
    with pytest.raises(ImportRefused, match=r"channel_mult is \[1.0, 2.0\], but the weights have"):
        guided_diffusion.convert(weights, Settings({"channel_mult": "1,2"}))
