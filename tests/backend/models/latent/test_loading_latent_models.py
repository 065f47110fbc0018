from __future__ import annotations

import pytest
import torch

from backend.models.catalogue import ModelError, list_models
from backend.models.latent.model import LatentModel
from backend.models.loading import load_model
from backend.worker.job import run_edit
from protocol.bounds import Bounds
from protocol.images import Image, PixelFormat
from protocol.messages import EditRequest

from .conftest import imported
from .test_latent_edit import guide_of, result


@pytest.fixture
def installed(pipeline_of, tmp_path, monkeypatch):
    """A tiny Stable Diffusion among the artist's models, by the name "tiny"."""
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    return imported(pipeline_of("sd"), tmp_path / "models")


def test_an_imported_model_is_listed_and_loaded_by_its_name(installed, model_of):
    assert installed in list_models()

    model = load_model("tiny", "cpu")

    assert isinstance(model, LatentModel)
    assert torch.equal(result(model, guide_of()), result(model_of("sd"), guide_of()))


@pytest.mark.parametrize("part", ["unet", "text_encoder"])
def test_damage_to_any_file_of_weights_is_found_before_it_is_loaded(installed, part):
    (path,) = (installed.folder / part).glob("*.safetensors")
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)

    with pytest.raises(ModelError, match="damaged or were changed"):
        load_model("tiny", "cpu")


def test_a_missing_file_of_weights_is_named(installed):
    path = installed.folder / "vae" / "diffusion_pytorch_model.safetensors"
    path.unlink()

    with pytest.raises(ModelError, match=r"vae.*cannot be read|cannot be read.*vae"):
        load_model("tiny", "cpu")


def test_the_workers_job_edits_with_a_prompt_and_shows_previews(model_of):
    bounds = Bounds(7, 5, 48, 40)
    guide = Image(bounds, PixelFormat("RGBA", "U8"), bytes([90, 140, 200, 255]) * (48 * 40))
    request = EditRequest(
        "a job",
        guide,
        canvas_width=100,
        canvas_height=100,
        t0=0.6,
        steps=3,
        variants=2,
        prompt="sky",
        negative_prompt="sea",
        guidance_scale=4.0,
    )

    *before, last = run_edit(request, model_of("sd"))

    assert len(before) == 2
    assert all(step.preview().bounds.width == 48 for step in before)
    first, second = last.results
    assert first.bounds == second.bounds == bounds
    assert bytes(first.data) != bytes(second.data)
