"""Training ends with a calibration, and any model of pixels can be given one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from backend.cli.command import main
from backend.models.catalogue import find_model, list_models
from backend.models.loading import load_model
from backend.training.calibrating import PICTURES_MOST, calibrate_model, calibration_pictures
from backend.training.errors import TrainingError

from .pictures_made import landscape, write_landscapes
from .test_train_model import Run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    write_landscapes(tmp_path / "pictures", 4)
    return tmp_path


def test_a_trained_model_is_calibrated_on_its_pictures(home: Path) -> None:
    Run(home)
    info = find_model("mine")
    assert info.config["calibration"]["pictures"] == 4
    assert info.record()["proposes_t0"] is True


def test_a_model_can_be_calibrated_on_a_folder_later(
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    info = Run(home).info
    assert info is not None
    path = info.folder / "model.json"
    described = json.loads(path.read_text())
    del described["calibration"]
    path.write_text(json.dumps(described))
    write_landscapes(home / "others", 2)

    assert main(["models", "calibrate", "mine", str(home / "others"), "--device", "cpu"]) == 0

    assert "'mine' has seen 2 real pictures" in capsys.readouterr().out
    again = json.loads(path.read_text())
    assert again.pop("calibration")["pictures"] == 2
    assert again == described
    assert [model.name for model in list_models()] == ["landscape", "mine"]


def test_a_folder_without_a_usable_picture_is_refused(home: Path) -> None:
    Run(home)
    (home / "empty").mkdir()
    (home / "empty" / "damaged.png").write_bytes(b"no picture")
    with pytest.raises(TrainingError, match=r"no pictures in .* that can be used"):
        calibrate_model(load_model("mine", "cpu"), home / "empty")


def test_pictures_are_spread_over_all_and_no_larger_than_the_native_scale() -> None:
    pictures = [Image.new("RGB", (8, 8), (i, 0, 0)) for i in range(3 * PICTURES_MOST)]
    chosen = calibration_pictures(pictures, 256)
    assert len(chosen) == PICTURES_MOST
    assert chosen[-1][0, 0, 0].item() == pytest.approx(2 * (3 * PICTURES_MOST - 3) / 255 - 1)

    (small,) = calibration_pictures([landscape(0, width=144, height=96)], 48)
    assert small.shape == (3, 48, 72)
    assert small.dtype == torch.float32
    assert small.abs().max() <= 1
