from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from backend.models.catalogue import ModelError
from backend.models.importing.errors import ImportRefused
from backend.models.latent.importing import import_single_file
from backend.models.latent.model import LatentModel
from backend.models.latent.parts import load_parts

from .single_files import Original, original_of
from .test_latent_edit import guide_of, result

original = lru_cache(maxsize=None)(original_of)


@pytest.fixture
def take(pipeline_of, tmp_path, monkeypatch):
    """``take(weights, suffix, **config)``: the model that a single file of them becomes."""
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path / "home"))

    def imported(weights, suffix: str = ".safetensors", **config):
        path = tmp_path / f"checkpoint{suffix}"
        if suffix == ".safetensors":
            save_file({name: value.clone().contiguous() for name, value in weights.items()}, path)
        else:
            torch.save({"state_dict": weights, "global_step": 3}, path)
        settings = tmp_path / "settings.json"
        told = {"native_px": 32, "tokenizer": str(pipeline_of("sd") / "tokenizer"), **config}
        settings.write_text(json.dumps({key: value for key, value in told.items() if value}))
        return import_single_file(
            path,
            name="single",
            title="Single",
            licence="none",
            config=settings,
            models_folder=tmp_path / "models",
            say=lambda _sentence: None,
        )

    return imported


CASES = [
    ("1", ".safetensors", {}, "epsilon"),
    ("1", ".ckpt", {}, "epsilon"),
    ("2", ".safetensors", {"prediction_type": "v_prediction"}, "v"),
    ("xl", ".safetensors", {}, "epsilon"),
]


@pytest.mark.parametrize(("generation", "suffix", "config", "prediction"), CASES)
@torch.no_grad()
def test_a_single_file_becomes_the_same_networks(take, generation, suffix, config, prediction):
    whole: Original = original(generation)

    info = take(whole.weights, suffix, **config)

    model = LatentModel.load(info, "cpu")
    assert info.config["prediction"] == prediction
    assert info.config["sde"]["beta_end"] == 0.012
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((1, 4, 8, 8), generator=generator)
    tokens = torch.randn((1, 77, whole.unet.config.cross_attention_dim), generator=generator)
    told = None
    if generation == "xl":
        told = {"text_embeds": torch.ones(1, 32), "time_ids": torch.ones(1, 6)}
    outputs = [
        network(x, 500.5, encoder_hidden_states=tokens, added_cond_kwargs=told).sample
        for network in (whole.unet, model.network)
    ]
    assert torch.allclose(*outputs, atol=1e-5)
    picture = guide_of(16, 16)
    latents = whole.vae.encode(picture).latent_dist.mean * whole.vae.config.scaling_factor
    assert torch.allclose(model.codec.encode(picture), latents, atol=1e-5)
    assert torch.allclose(
        model.codec.decode(x),
        whole.vae.decode(x / whole.vae.config.scaling_factor).sample,
        atol=1e-4,
    )
    assert result(model, guide_of()).isfinite().all()


@pytest.mark.parametrize(
    ("generation", "config"), [("1", {}), ("2", {"prediction_type": "epsilon"}), ("xl", {})]
)
@torch.no_grad()
def test_a_single_files_text_encoders_are_the_same(take, generation, config):
    whole: Original = original(generation)
    model = LatentModel.load(take(whole.weights, **config), "cpu")
    folders = ["text_encoder", "text_encoder_2"][: len(whole.encoders)]
    parts = load_parts(model.family, model.info.folder)
    ids = torch.tensor([[57, 1, 2, 3, 58, 58]])

    for folder, encoder in zip(folders, whole.encoders, strict=True):
        ours, theirs = parts[folder], encoder
        is_open_clip = generation == "2" or folder == "text_encoder_2"
        assert ours.config.hidden_act == ("gelu" if is_open_clip else "quick_gelu")
        weights = theirs.state_dict()
        assert all(
            torch.equal(v, weights[n])
            for n, v in ours.state_dict().items()
            if "position_ids" not in n
        )
        if not is_open_clip:
            ours, theirs = (each(ids).last_hidden_state for each in (ours, theirs))
            assert torch.allclose(ours, theirs, atol=1e-6)
        padding = parts[folder.replace("text_encoder", "tokenizer")].pad_token
        assert padding == ("!" if is_open_clip else "<|endoftext|>")


def test_what_stable_diffusion_2_predicts_is_asked_for_and_not_guessed(take):
    with pytest.raises(ImportRefused, match="prediction_type") as refusal:
        take(original("2").weights)

    assert "--config" in refusal.value.hint


def test_the_marks_of_sdxls_trainers_are_read(take):
    marks = {"v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)}

    info = take({**original("xl").weights, **marks})

    assert info.config["prediction"] == "v"
    assert info.config["sde"]["zero_snr"] is True


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda weights: weights.pop("model.diffusion_model.middle_block.0.in_layers.2.bias"),
            "unet",
        ),
        (lambda weights: weights.pop("model.diffusion_model.input_blocks.2.0.op.weight"), "U-Net"),
        (lambda weights: weights.pop("first_stage_model.decoder.conv_out.bias"), "vae"),
        (
            lambda weights: weights.update(
                {"model.diffusion_model.adapter.weight": torch.zeros(5)}
            ),
            "no place",
        ),
        (
            lambda weights: [weights.pop(n) for n in list(weights) if n.startswith("cond_stage")],
            "text encoder",
        ),
        (
            lambda weights: (
                weights.update({"joint_blocks.0.x": torch.zeros(1)})
                or [weights.pop(n) for n in list(weights) if n.startswith("cond_stage")]
            ),
            "diffusers folder",
        ),
    ],
)
def test_a_file_that_is_not_whole_is_refused_and_leaves_nothing(take, change, said, tmp_path):
    weights = dict(original("1").weights)
    change(weights)

    with pytest.raises(ModelError) as refusal:
        take(weights)

    assert said in f"{refusal.value.sentence} {refusal.value.hint}"
    models = tmp_path / "models"
    assert not models.exists() or not list(models.iterdir())


def test_a_missing_weight_of_the_text_encoder_is_named(take):
    weights = dict(original("1").weights)
    del weights["cond_stage_model.transformer.text_model.final_layer_norm.bias"]

    with pytest.raises(ModelError, match="final_layer_norm"):
        take(weights)


def test_the_tokenizer_of_a_model_that_is_here_already_serves(take, pipeline_of, tmp_path):
    first = take(original("1").weights)
    home = tmp_path / "home" / "models"
    home.mkdir(parents=True)
    first.folder.rename(home / "single")

    second = take(original("1").weights, tokenizer=None)

    words = (pipeline_of("sd") / "tokenizer" / "vocab.json").read_text()
    assert (second.folder / "tokenizer" / "vocab.json").read_text() == words


def test_a_tokenizer_of_another_vocabulary_is_refused(take, tmp_path):
    (tmp_path / "vocab.json").write_text('{"a": 0}')
    (tmp_path / "merges.txt").write_text("")

    with pytest.raises(ImportRefused, match="1 words, but the text encoder knows 59"):
        take(original("1").weights, tokenizer=str(tmp_path))


@pytest.mark.parametrize("folder", ["nowhere", ""])
def test_without_a_tokenizer_the_refusal_says_how_to_give_one(take, folder, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")

    with pytest.raises(ImportRefused) as refusal:
        take(original("1").weights, tokenizer=folder)

    told = f"{refusal.value.sentence} {refusal.value.hint}"
    assert "vocab.json" in told
    assert "tokenizer" in told


def test_the_file_itself_is_left_as_it_was(take, tmp_path):
    take(original("1").weights)

    assert [path.name for path in Path(tmp_path).glob("checkpoint*")] == ["checkpoint.safetensors"]
