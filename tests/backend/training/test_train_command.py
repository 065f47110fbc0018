"""`sdedit train` in a process of its own, as an artist runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from backend.models.catalogue import find_model
from backend.models.landscape import save_model
from backend.models.landscape_unet import LandscapeUNet
from backend.paths import ROOT
from backend.training.checkpoint import read_checkpoint

from .pictures_made import write_landscapes


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A home with pictures and a tiny model: what is fine-tuned from it is as tiny."""
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    write_landscapes(tmp_path / "pictures", 3)
    config = {**find_model("landscape").config, "name": "tiny", "title": "Tiny"}
    torch.manual_seed(0)
    save_model(tmp_path / "models" / "tiny", LandscapeUNet((8, 12), 1, 1), config, "# Tiny\n")
    return tmp_path


def command(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "backend", "train", *arguments, "--device", "cpu"],
        cwd=ROOT,
        env={**os.environ, "SDEDIT_HOME": str(home), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to one process")
def test_ctrl_c_saves_and_says_how_to_go_on_and_going_on_ends_with_a_model(home):
    pictures = str(home / "pictures")
    first = command(home, pictures, "--out", "mine", "--from", "tiny", "--minutes", "30")
    with first:
        assert first.stdout is not None
        assert first.stderr is not None
        lines = []
        for line in first.stdout:
            lines.append(line)
            if line.startswith("step "):
                first.send_signal(signal.SIGINT)
                break
        lines += first.stdout.readlines()
        errors = first.stderr.read()

    assert (first.returncode, errors) == (130, "")
    assert lines[0] == f"Reading 3 pictures from {pictures}.\n"
    assert lines[2].endswith("min left\n")
    assert lines[-2:] == [
        "Stopping after this step.\n",
        "Stopped; the checkpoint is saved. The same command with --resume continues from it.\n",
    ]
    saved = read_checkpoint(home / "training" / "mine" / "checkpoint.pt")
    assert saved is not None
    assert saved["state"]["step"] >= 1

    minutes = str(saved["state"]["seconds"] / 60 + 1e-6)
    second = command(
        home, pictures, "--out", "mine", "--from", "tiny", "--minutes", minutes, "--resume"
    )
    output, errors = second.communicate(timeout=60)

    assert (second.returncode, errors) == (0, "")
    assert f"Continuing at step {saved['state']['step']}, after" in output
    assert "σ0.1 " in output
    assert f"The model 'mine' is ready: {home / 'models' / 'mine'}\n" in output
    assert find_model("mine").config["training"]["started_from"] == "tiny"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--out", "../x"], "'../x' cannot be a model's name."),
        (["--out", "x", "--minutes", "0"], "minutes is 0; it must be more than 0"),
        (["--out", "x", "--minutes", "nan"], "minutes is nan; it must be"),
        (["--out", "x", "--seed", "-1"], "seed is -1; it must be from 0"),
        (["--out", "landscape"], "There is a model called 'landscape' already"),
        (["--out", "x"], "There is no folder missing."),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(capsys, arguments, sentence):
    from backend.cli.command import main

    assert main(["train", "missing", *arguments]) == 2

    captured = capsys.readouterr()
    assert captured.err.startswith(sentence)
    assert captured.out == ""


def test_an_empty_folder_is_refused_in_a_sentence(capsys, tmp_path, monkeypatch):
    from backend.cli.command import main

    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path / "home"))
    (tmp_path / "empty").mkdir()

    assert main(["train", str(tmp_path / "empty"), "--out", "x", "--device", "cpu"]) == 2

    assert capsys.readouterr().err.startswith(f"There are no pictures in {tmp_path / 'empty'}.")


def test_a_home_that_cannot_be_written_is_a_sentence(home, capsys, tmp_path):
    from backend.cli.command import main

    (tmp_path / "training").write_text("a file where the folder should be")

    assert main(["train", str(home / "pictures"), "--out", "x", "--device", "cpu"]) == 1

    assert capsys.readouterr().err.startswith("The training cannot go on (")


def test_the_first_ctrl_c_is_a_wish_and_the_second_is_obeyed(capsys):
    from backend.cli.train import StopRequest

    before = signal.getsignal(signal.SIGINT)
    with StopRequest() as stop:
        assert not stop.is_asked()
        signal.raise_signal(signal.SIGINT)
        assert stop.is_asked()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    assert signal.getsignal(signal.SIGINT) is before
    assert capsys.readouterr().out == "Stopping after this step.\n"
