from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from backend.models.catalogue import ModelError, read_model_info
from backend.models.importing.errors import ImportRefused
from backend.models.latent.importing import import_pipeline
from backend.models.latent.model import LatentModel

from .conftest import imported
from .test_latent_edit import KINDS, guide_of, result
from .tiny_pipelines import save_pipeline

WEIGHTS = "diffusion_pytorch_model.safetensors"


class Exploit:
    """A pickle that would make a file as it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def pipeline(pipeline_of, tmp_path) -> Path:
    """A copy of the tiny Stable Diffusion, to be damaged."""
    return shutil.copytree(pipeline_of("sd"), tmp_path / "pipeline")


def refusal_of(pipeline: Path, models: Path, kind: type[ModelError] = ImportRefused) -> str:
    with pytest.raises(kind) as refusal:
        imported(pipeline, models)
    assert [path.name for path in models.iterdir()] == ["tiny.json"]  # the settings
    return f"{refusal.value.sentence} {refusal.value.hint}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_pipeline_becomes_a_model_with_all_that_its_scheduler_says(model_of, kind):
    config = model_of(kind).info.config

    told = {key: config[key] for key in ("family", "prediction", "few_steps", "guidance_scale")}
    assert told == {
        "family": {"sd2": "sd", "lcm": "sd", "turbo": "sd"}.get(kind, kind),
        "prediction": {"sd2": "v", "sd3": "flow", "flux": "flow"}.get(kind, "epsilon"),
        "few_steps": kind in ("lcm", "turbo"),
        "guidance_scale": {"sdxl": 5, "sd3": 7, "flux": 3.5, "lcm": 8.5, "turbo": 0}.get(kind, 7.5),
    }
    if kind == "flux":
        assert 1.5 < config["sde"]["shift"] < 3.2  # exp(0.5 … 1.15), by the native size
    elif kind == "sd3":
        assert config["sde"] == {"kind": "flow", "shift": 3.0, "timesteps": 1000}
    else:
        assert config["sde"]["betas"] == "scaled_linear"
        assert config["sde"]["beta_end"] == 0.012


def test_the_models_sha256_is_that_of_its_weights_in_their_order(model_of):
    info = model_of("sdxl").info

    read = b"".join((info.folder / path).read_bytes() for path in info.config["weights"])

    assert hashlib.sha256(read).hexdigest() == info.sha256
    assert len(info.config["weights"]) == 4
    assert read_model_info(info.folder).config == info.config
    assert (info.folder / "CARD.md").is_file()
    assert info.record()["takes_prompt"] is True


def test_torchs_own_files_are_converted_and_make_the_same_picture(pipeline, model_of, tmp_path):
    for part, name in (
        ("unet", "diffusion_pytorch_model.bin"),
        ("text_encoder", "pytorch_model.bin"),
    ):
        (file,) = (pipeline / part).glob("*.safetensors")
        torch.save(load_file(file), pipeline / part / name)
        file.unlink()

    info = imported(pipeline, tmp_path / "models")

    assert not list(info.folder.rglob("*.bin"))
    edited = result(LatentModel.load(info, "cpu"), guide_of())
    assert torch.equal(edited, result(model_of("sd"), guide_of()))


def test_a_pickle_that_would_run_code_is_refused_and_nothing_runs(pipeline, tmp_path):
    (pipeline / "unet" / WEIGHTS).unlink()
    made = tmp_path / "made"
    torch.save({"weight": Exploit(made)}, pipeline / "unet" / "diffusion_pytorch_model.bin")

    assert "run code" in refusal_of(pipeline, tmp_path / "models")
    assert not made.exists()


def test_weights_in_several_files_and_in_half_precision_are_taken(pipeline, tmp_path):
    weights = {name: value.half() for name, value in load_file(pipeline / "unet" / WEIGHTS).items()}
    names = sorted(weights)
    stem = "diffusion_pytorch_model.fp16-0000{}-of-00002.safetensors"
    for number, part in ((1, names[:9]), (2, names[9:])):
        save_file({n: weights[n] for n in part}, pipeline / "unet" / stem.format(number))

    info = imported(pipeline, tmp_path / "models")

    assert [path for path in info.config["weights"] if path.startswith("unet/")] == [
        f"unet/diffusion_pytorch_model-0000{number}-of-00002.safetensors" for number in (1, 2)
    ]
    loaded = LatentModel.load(info, "cpu").network.state_dict()
    assert all(torch.equal(loaded[name], weights[name].float()) for name in names)


def test_an_incomplete_set_of_files_gives_way_to_a_complete_one(pipeline, tmp_path):
    half = {n: v.half() for n, v in load_file(pipeline / "unet" / WEIGHTS).items()}
    save_file(half, pipeline / "unet" / "diffusion_pytorch_model.fp16-00001-of-00002.safetensors")

    info = imported(pipeline, tmp_path / "models")

    assert f"unet/{WEIGHTS}" in info.config["weights"]


@pytest.mark.parametrize("problem", ["missing", "unexpected", "mismatched"])
def test_weights_that_do_not_fit_are_refused_by_name(pipeline, tmp_path, problem):
    path = pipeline / "unet" / WEIGHTS
    weights = load_file(path)
    if problem == "missing":
        del weights["conv_in.bias"]
    elif problem == "unexpected":
        weights["conv_in.more"] = torch.zeros(3)
    else:
        weights["conv_in.bias"] = torch.zeros(3)
    save_file(weights, path, metadata={"format": "pt"})

    assert "conv_in" in refusal_of(pipeline, tmp_path / "models", ModelError)


def test_a_truncated_file_is_refused(pipeline, tmp_path):
    path = pipeline / "vae" / WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])

    assert "vae" in refusal_of(pipeline, tmp_path / "models", ModelError)


@pytest.mark.parametrize("part", ["vae", "text_encoder", "tokenizer"])
def test_a_part_that_is_not_there_is_named(pipeline, tmp_path, part):
    shutil.rmtree(pipeline / part)

    assert part in refusal_of(pipeline, tmp_path / "models")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("_class_name", "KandinskyPipeline", "KandinskyPipeline"),
        ("_class_name", ["code", "Mine"], "cannot be run"),
        ("unet", ["my_code", "MyUNet"], "MyUNet"),
        ("vae", [None, None], "no vae"),
        ("text_encoder", "text", "no text_encoder"),
    ],
)
def test_classes_not_known_here_are_refused_by_name(pipeline, tmp_path, key, value, said):
    path = pipeline / "model_index.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))

    assert said in refusal_of(pipeline, tmp_path / "models")


@pytest.mark.parametrize("name", ["EDMEulerScheduler", "os", "SchedulerMixin", "NoSuchScheduler"])
def test_schedulers_that_cannot_be_represented_are_refused_by_name(pipeline, tmp_path, name):
    (pipeline / "scheduler" / "scheduler_config.json").write_text(json.dumps({"_class_name": name}))

    assert name in refusal_of(pipeline, tmp_path / "models")


def test_noise_prediction_at_a_terminal_snr_of_zero_is_refused_with_the_reason(tmp_path):
    folder = save_pipeline(tmp_path / "zero", "sd", rescale_betas_zero_snr=True)

    assert "terminal SNR" in refusal_of(folder, tmp_path / "models")


def test_v_prediction_at_a_terminal_snr_of_zero_edits_from_every_t0(tmp_path):
    folder = save_pipeline(
        tmp_path / "zero", "sd2", rescale_betas_zero_snr=True, timestep_spacing="trailing"
    )

    model = LatentModel.load(imported(folder, tmp_path / "models"), "cpu")

    assert not model.few_steps
    assert model.schedule.sigma_max == pytest.approx(4096)
    for t0 in (0.4, 1.0):
        assert result(model, guide_of(), t0=t0).isfinite().all()


def test_a_network_for_inpainting_is_refused_with_the_reason(tmp_path):
    folder = save_pipeline(tmp_path / "sd", "sd")
    path = folder / "unet" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "in_channels": 9}))
    weights = load_file(folder / "unet" / WEIGHTS)
    weights["conv_in.weight"] = torch.randn(8, 9, 3, 3)
    save_file(weights, folder / "unet" / WEIGHTS, metadata={"format": "pt"})

    assert "inpainting" in refusal_of(folder, tmp_path / "models")


def test_a_name_that_is_taken_is_left_alone(pipeline, tmp_path):
    models = tmp_path / "models"
    (models / "tiny").mkdir(parents=True)
    (models / "tiny" / "mine.txt").write_text("mine")

    with pytest.raises(ImportRefused, match="exists already"):
        imported(pipeline, models)

    assert sorted(path.name for path in models.iterdir()) == ["tiny", "tiny.json"]
    assert (models / "tiny" / "mine.txt").read_text() == "mine"


def test_a_disk_that_cannot_be_written_is_said(pipeline, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ImportRefused, match="cannot be written"):
        import_pipeline(
            pipeline, name="a", title="a", licence="", models_folder=tmp_path / "file", say=str
        )


def test_the_settings_overrule_what_was_inferred(pipeline, tmp_path):
    info = imported(pipeline, tmp_path / "models", few_steps=True, guidance_scale=1.5)

    assert info.config["few_steps"] is True
    assert info.config["guidance_scale"] == 1.5
    assert info.config["native_px"] == 32


def test_a_setting_of_the_wrong_kind_is_refused_by_name(pipeline, tmp_path):
    with pytest.raises(ImportRefused, match="few_steps"):
        imported(pipeline, tmp_path / "models", few_steps="yes")
