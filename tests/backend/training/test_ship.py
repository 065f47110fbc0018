from __future__ import annotations

import json

import pytest
import torch

from backend.models.calibration import Calibration
from backend.models.catalogue import SHIPPED, ModelInfo, find_model
from backend.models.landscape import LandscapeModel, save_model
from backend.models.loading import load_landscape_model
from backend.training.errors import TrainingError
from backend.training.landscapes import HELD_OUT
from backend.training.options import TrainingOptions
from backend.training.run import Training, train_model
from backend.training.ship import ship

from .pictures_made import landscape, write_landscapes


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """With a model "mine" that was trained for a step on two pictures."""
    home = tmp_path_factory.mktemp("home")
    pictures = write_landscapes(home / "pictures", 2)
    for seed, name in enumerate(HELD_OUT):
        landscape(seed).save(pictures / name)
    options = TrainingOptions(
        minutes=1e-6, widths=(8, 12), blocks=1, middle=1, warmup_steps=1, sigma_data=0.4
    )
    where = home / "models", home / "training", options, torch.device("cpu")
    train_model(Training(pictures, "mine", *where), print, print)
    return home


@pytest.fixture
def package(home, tmp_path, monkeypatch):
    """A folder to ship to, with the card that ships today."""
    monkeypatch.setenv("SDEDIT_HOME", str(home))
    card = (SHIPPED / "landscape" / "CARD.md").read_bytes()
    (tmp_path / "CARD.md").write_bytes(card)
    return tmp_path


def shipped_config(package):
    return json.loads((package / "model.json").read_text(encoding="utf-8"))


def test_a_trained_model_is_shipped_with_its_weights_under_the_shipped_name(home, package):
    trained = find_model("mine")

    ship("mine", home / "pictures", package)

    config = shipped_config(package)
    assert (config["name"], config["title"]) == ("landscape", "Landscapes")
    assert config["sha256"] == trained.sha256
    assert (package / "model.safetensors").read_bytes() == trained.weights.read_bytes()
    assert config["training"] == trained.config["training"]
    LandscapeModel.load(ModelInfo("landscape", "", "", package, config), "cpu")


def test_the_cards_sentences_stay_and_its_figures_of_the_training_are_new(home, package):
    before = (package / "CARD.md").read_text(encoding="utf-8")

    ship("mine", home / "pictures", package)

    card = (package / "CARD.md").read_text(encoding="utf-8")
    steps = f"{find_model('landscape').config['training']['steps']} steps in"
    assert steps in before
    assert steps not in card
    assert "- 2 pictures, 1 steps in 0.0 minutes on CPU" in card
    curve = card.split("<!-- loss curve -->")[1].split("<!-- end of loss curve -->")[0]
    assert len(curve.strip().splitlines()) == 3, "a head, its rule and the one point"
    prose = before.split("<!-- end of training -->")[1].split("<!-- loss curve -->")[0]
    assert prose in card


def test_what_an_old_checkpoint_said_of_edits_does_not_count_and_it_is_calibrated_anew(
    home, package
):
    trained = find_model("mine").config
    kept = {key: trained[key] for key in ("title", "licence", "sigma_data", "training")}
    old = {"name": "old", "native_px": 64, "sde": trained["sde"] | {"sigma_max": 20.0}}
    save_model(home / "models" / "old", load_landscape_model("mine", "cpu").network, kept | old, "")

    ship("old", home / "pictures", package)

    config, ours = shipped_config(package), find_model("landscape").config
    for key in ("native_px", "sde", "noise_weights"):
        assert config[key] == ours[key]
    assert config["sigma_data"] == 0.4
    assert Calibration.of(config) == Calibration.of(trained)


def test_a_model_that_saw_the_held_out_photographs_is_not_shipped(home, package):
    trained = find_model("mine").config
    config = trained | {"name": "spoilt", "training": trained["training"] | {"held_out": []}}
    network = load_landscape_model("mine", "cpu").network
    save_model(home / "models" / "spoilt", network, config, "")

    with pytest.raises(TrainingError, match="held out"):
        ship("spoilt", home / "pictures", package)

    assert not (package / "model.json").exists()
