"""Folders of diffusers, as it writes them today and as the hub has had them from the first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from diffusers import DDIMScheduler, DDPMPipeline, DDPMScheduler, UNet2DModel
from diffusers.schedulers import ScoreSdeVeScheduler
from safetensors.torch import load_file

from backend.models.importing.errors import ImportRefused
from backend.models.importing.importing import import_model
from backend.models.loading import load_model
from backend.sdedit.schedules import VESchedule
from backend.sdedit.vp_schedules import DiscreteVPSchedule, cosine_betas, linear_betas
from tests.backend.models.importing.checkpoints_made import drawn_network, write_config

DDPM = {
    "sample_size": 16,
    "block_out_channels": (32, 64),
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
    "layers_per_block": 1,
    "attention_head_dim": None,
}
NCSNPP = {
    **DDPM,
    "center_input_sample": True,
    "time_embedding_type": "fourier",
    "down_block_types": ("SkipDownBlock2D", "AttnSkipDownBlock2D"),
    "up_block_types": ("AttnSkipUpBlock2D", "SkipUpBlock2D"),
    "norm_num_groups": None,
}
OLD = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DDPM pipeline as diffusers saves it."""
    folder = tmp_path_factory.mktemp("hub") / "ddpm-tiny"
    network = drawn_network(UNet2DModel(**DDPM))
    DDPMPipeline(network, DDPMScheduler(num_train_timesteps=500)).save_pretrained(folder)
    return folder


def at_the_root(network: UNet2DModel, scheduler: object, folder: Path) -> Path:
    """As the hub's oldest repositories are: both configurations at the root, pickled weights."""
    network.save_pretrained(folder)
    scheduler.save_pretrained(folder)
    weights = load_file(folder / "diffusion_pytorch_model.safetensors")
    (folder / "diffusion_pytorch_model.safetensors").unlink()
    old = {}
    for name, value in weights.items():
        for now, then in OLD.items():
            name = name.replace(f".{now}.", f".{then}.")
        old[name] = value
    if "time_proj.weight" in old:
        old["time_proj.W"] = old["time_proj.weight"]
    torch.save(old, folder / "diffusion_pytorch_model.bin")
    return folder


def edited(folder: Path, tmp_path: Path, file: str, **changes: object) -> Path:
    """A copy of a folder with other values in one of its JSON files."""
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    described = {**json.loads((copy / file).read_text()), **changes}
    (copy / file).write_text(json.dumps(described))
    return copy


def refusal(folder: Path, **options) -> ImportRefused:
    with pytest.raises(ImportRefused) as caught:
        import_model(str(folder), say=lambda _: None, **options)
    assert caught.value.hint
    return caught.value


def test_a_pipeline_is_imported_as_it_is(pipeline):
    model = load_model(import_model(str(pipeline)).name, "cpu")

    assert model.info.name == model.info.title == "ddpm-tiny"
    assert model.native_px == 16
    assert model.schedule == DiscreteVPSchedule(linear_betas(500))
    network = UNet2DModel.from_pretrained(pipeline / "unet").eval()
    x, timestep = torch.randn(1, 3, 16, 16), torch.tensor([123.0])
    with torch.no_grad():
        assert (model.network(x, timestep).sample - network(x, timestep).sample).abs().max() < 1e-5


def test_a_network_alone_is_asked_its_schedule_and_told_it(pipeline, tmp_path):
    network = pipeline / "unet"
    assert "beta_schedule" in refusal(network, name="x").sentence

    config = write_config(tmp_path / "x.json", {"beta_schedule": "squaredcos_cap_v2"})
    said: list[str] = []
    info = import_model(str(network), name="x", config=config, say=said.append)

    assert load_model("x", "cpu").schedule == DiscreteVPSchedule(cosine_betas(1000))
    assert info.config["prediction"] == "epsilon"
    assert any("num_train_timesteps = 1000, prediction_type = epsilon" in line for line in said)


@pytest.mark.parametrize(
    ("scheduler", "sde", "prediction"),
    [
        (
            DDPMScheduler(beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction"),
            {"kind": "ddpm", "betas": "cosine", "timesteps": 1000},
            "v",
        ),
        (
            DDIMScheduler(
                beta_schedule="scaled_linear",
                beta_start=0.00085,
                beta_end=0.012,
                prediction_type="sample",
            ),
            {
                "kind": "ddpm",
                "betas": "scaled_linear",
                "beta_start": 0.00085,
                "beta_end": 0.012,
                "timesteps": 1000,
            },
            "x0",
        ),
    ],
)
def test_the_schedulers_words_are_understood(tmp_path, scheduler, sde, prediction):
    folder = at_the_root(drawn_network(UNet2DModel(**DDPM)), scheduler, tmp_path / "old")

    config = import_model(str(folder)).config

    assert (config["sde"], config["prediction"]) == (sde, prediction)


def test_a_ve_network_with_the_names_of_old_is_imported(tmp_path):
    network = drawn_network(UNet2DModel(**NCSNPP))
    scheduler = ScoreSdeVeScheduler(sigma_min=0.01, sigma_max=348.0)
    folder = at_the_root(network, scheduler, tmp_path / "ncsnpp-old")

    model = load_model(import_model(str(folder)).name, "cpu")

    assert model.schedule == VESchedule(0.02, 696.0)  # of data in [-1, 1] instead of [0, 1]
    x, sigma = torch.rand(1, 3, 16, 16), torch.tensor([3.0])
    with torch.no_grad():
        assert (model.network(x, sigma).sample - network(x, sigma).sample).abs().max() < 1e-5


def test_a_class_conditional_network_may_bring_its_names(tmp_path):
    network = drawn_network(UNet2DModel(**DDPM, num_class_embeds=3))
    folder = at_the_root(network, DDPMScheduler(), tmp_path / "classes")
    names = ["stem", "leaf, blade", "flower"]

    config = write_config(tmp_path / "names.json", {"class_names": names})
    info = import_model(str(folder), config=config)

    assert info.config["classes"] == 3
    assert load_model(info.name, "cpu").class_names == names


@pytest.mark.parametrize(
    ("file", "changes", "sentence"),
    [
        ("scheduler/scheduler_config.json", {"trained_betas": [0.1, 0.2]}, "sets trained_betas"),
        (
            "scheduler/scheduler_config.json",
            {"rescale_betas_zero_snr": True},
            "sets rescale_betas_zero_snr",
        ),
        ("scheduler/scheduler_config.json", {"beta_schedule": "sigmoid"}, "beta_schedule is"),
        ("scheduler/scheduler_config.json", {"prediction_type": "flow"}, "prediction_type is"),
        ("scheduler/scheduler_config.json", {"_class_name": "EDMEulerScheduler"}, "Its scheduler"),
        ("unet/config.json", {"in_channels": 1, "out_channels": 1}, "in_channels of the network"),
        ("unet/config.json", {"class_embed_type": "timestep"}, "class_embed_type of the network"),
        ("unet/config.json", {"encoder_hid_dim": 4}, "'encoder_hid_dim', which is not known"),
        ("unet/config.json", {"down_block_types": ["DownBlock2D"]}, "one of each for every level"),
        ("unet/config.json", {"block_out_channels": [32, 96]}, "weights of the wrong shape"),
        ("unet/config.json", {"layers_per_block": 2}, "The checkpoint lacks weights"),
        ("unet/config.json", {"norm_num_groups": 5}, "UNet2DModel has no such network"),
        ("unet/config.json", {"sample_size": None}, "do not tell sample_size"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_reason(pipeline, tmp_path, file, changes, sentence):
    refused = refusal(edited(pipeline, tmp_path, file, **changes))

    assert sentence in refused.sentence


def test_a_folder_without_weights_or_configuration_is_refused(pipeline, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "is not a folder of diffusers" in refusal(tmp_path / "empty").sentence

    copy = edited(pipeline, tmp_path, "unet/config.json")
    weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
    assert "without its config.json" in refusal(weights).sentence
    weights.unlink()
    assert "There are no weights in" in refusal(copy).sentence
    (copy / "unet" / "config.json").write_text("{")
    assert "is not a JSON file" in refusal(copy).sentence
