"""`sdedit models`: the list is tested with the other commands; here is `models import`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import PIL.Image
import pytest
import torch

from backend.cli.command import main
from backend.paths import ROOT
from tests.backend.cli.sdedit_command import environment, sdedit
from tests.backend.models.importing.checkpoints_made import drawn_network
from tests.backend.sdedit.ddpm_unet import DDPMUNet

SETTINGS = {
    "data": {"image_size": 16},
    "diffusion": {
        "beta_schedule": "linear",
        "beta_start": 1e-4,
        "beta_end": 0.02,
        "num_diffusion_timesteps": 1000,
    },
}


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "sdedit.ckpt"
    torch.save(drawn_network(DDPMUNet(factors=(1, 1))).state_dict(), path)
    (tmp_path / "sdedit.json").write_text(json.dumps(SETTINGS))
    return path


def test_an_imported_checkpoint_is_listed_and_edits(tmp_path: Path, checkpoint: Path) -> None:
    done = sdedit(
        tmp_path,
        *("models", "import", checkpoint.name, "--config", "sdedit.json", "--name", "mine"),
        *("--title", "My bedrooms", "--licence", "MIT"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Reading sdedit.ckpt" in done.stdout
    assert "sdedit edit GUIDE.png --out OUT.png --model mine" in done.stdout
    assert "mine       My bedrooms (MIT)" in sdedit(tmp_path, "models", "list").stdout

    PIL.Image.new("RGB", (16, 16), (90, 120, 150)).save(tmp_path / "guide.png")
    edit = ("edit", "guide.png", "--out", "out.png", "--model", "mine", "--steps", "3")
    done = sdedit(tmp_path, *edit)
    assert done.returncode == 0, done.stderr
    with PIL.Image.open(tmp_path / "out.png") as picture:
        assert picture.size == (16, 16)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("sdedit.ckpt",), "The weights alone do not tell image_size, beta_schedule"),
        (("nowhere.ckpt",), "There is no file or folder nowhere.ckpt."),
        (("sdedit.json",), "sdedit.json is not a checkpoint file."),
        (("sdedit.ckpt", "--name", "landscape"), "There is a model called 'landscape' already."),
        (("sdedit.ckpt", "--config", "nowhere.json"), "nowhere.json cannot be read ("),
    ],
)
@pytest.mark.usefixtures("checkpoint")
def test_what_cannot_be_imported_is_told_in_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    assert main(["models", "import", *arguments]) == 2

    assert capsys.readouterr().err.startswith(sentence)
    assert not list((tmp_path / "home").glob("models/*"))


def test_without_diffusers_an_import_says_how_to_get_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['diffusers'] = None; from backend.cli.command import main; "
        "sys.exit(main(['models', 'import', 'sdedit.ckpt']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(tmp_path / "home"),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == (
        "Importing a model needs the library diffusers, which is not installed. "
        "Run: python3 install.py --extras diffusers\n"
    )
