"""Which importer a source goes to: a file, a folder of diffusers, a name on the hub."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel

from backend.models.catalogue import find_model
from backend.models.importing.importing import import_model
from backend.models.loading import load_model
from tests.backend.cli.sdedit_command import sdedit
from tests.backend.models.importing.checkpoints_made import drawn_network, write_config
from tests.backend.models.importing.guided_diffusion_unet import GuidedDiffusionUNet
from tests.backend.models.latent.single_files import original_of
from tests.backend.models.latent.tiny_pipelines import save_pipeline
from tests.backend.models.test_hub import Hub

NETWORK = {
    "sample_size": 16,
    "block_out_channels": (32, 32),
    "down_block_types": ("DownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "UpBlock2D"),
    "layers_per_block": 1,
}


def test_a_pipeline_of_stable_diffusion_becomes_a_latent_model(tmp_path):
    folder = save_pipeline(tmp_path / "sd", "sd")

    info = import_model(str(folder), config=write_config(tmp_path / "x.json", {"native_px": 32}))

    assert (info.name, info.config["kind"]) == ("sd", "latent")


def test_a_single_file_of_stable_diffusion_becomes_a_latent_model(tmp_path):
    path = tmp_path / "v1-5-pruned.ckpt"
    torch.save({"state_dict": original_of("1").weights, "global_step": 3}, path)
    tokenizer = save_pipeline(tmp_path / "sd", "sd") / "tokenizer"
    config = write_config(tmp_path / "x.json", {"native_px": 32, "tokenizer": str(tokenizer)})

    info = import_model(str(path), licence="CreativeML Open RAIL-M", config=config)

    assert (info.name, info.config["kind"]) == ("v1-5-pruned", "latent")
    assert info.licence == "CreativeML Open RAIL-M"


def test_a_name_on_the_hub_is_fetched_and_imported(tmp_path, monkeypatch):
    folder = tmp_path / "saved"
    DDPMPipeline(drawn_network(UNet2DModel(**NETWORK)), DDPMScheduler()).save_pretrained(folder)
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    hub = Hub()
    hub.files = hub.sent = files
    monkeypatch.setenv("HF_ENDPOINT", hub.url)  # read as the process starts
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    try:
        done = sdedit(tmp_path, "models", "import", "owner/model")
    finally:
        hub.close()

    assert done.returncode == 0, done.stderr
    assert "Downloading: 100 % of " in done.stderr
    info = find_model("model")
    assert load_model(info.name, "cpu").native_px == 16
    assert info.config["source"]["file"] == "owner/model"


def test_a_file_is_named_without_its_suffix_and_without_what_a_name_may_not_have(tmp_path):
    config = write_config(tmp_path / "x.json", {"image_size": 32, "num_heads": 1})
    path = tmp_path / "_My cat's model v1.5.pt"
    torch.save(drawn_network(GuidedDiffusionUNet()).state_dict(), path)

    info = import_model(str(path), config=config)

    assert info.name == "My-cat-s-model-v1.5"
    source = json.loads((info.folder / "model.json").read_text())["source"]
    assert source["file"] == path.name  # not where it lies on this machine
    assert source["format"] == "guided-diffusion"
    assert Path(info.folder / "CARD.md").read_text().startswith("# My-cat-s-model-v1.5\n")
