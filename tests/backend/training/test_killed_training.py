"""A real training in a process of its own, killed by a real SIGKILL, and continued."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from backend.models.catalogue import list_models
from backend.paths import ROOT
from backend.training.checkpoint import read_checkpoint
from backend.training.options import TrainingOptions
from backend.training.run import Training, train_model

from .pictures_made import write_landscapes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")

TRAIN = """
import sys
from pathlib import Path
import torch
from backend.training.options import TrainingOptions
from backend.training.run import Training, train_model
home = Path(sys.argv[1])
options = TrainingOptions(minutes=30, widths=(8, 12), blocks=1, middle=1, warmup_steps=1)
train_model(
    Training(home / "pictures", "mine", home / "models", home / "training", options,
             torch.device("cpu")),
    print,
    lambda report: print("measured" if report.sample else "progress", flush=True),
    measure_every_s=0.1,
)
"""


def test_a_killed_training_is_continued_from_its_checkpoint(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    write_landscapes(tmp_path / "pictures", 3)
    process = subprocess.Popen(
        [sys.executable, "-c", TRAIN, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        measured = 0
        for line in process.stdout:
            measured += line == "measured\n"
            if measured == 2:
                break
        process.send_signal(signal.SIGKILL)
    assert (measured, process.returncode) == (2, -signal.SIGKILL)
    assert [info.name for info in list_models()] == ["landscape"]
    checkpoint = tmp_path / "training" / "checkpoint.pt"
    saved = read_checkpoint(checkpoint)
    assert saved is not None
    step, seconds = saved["state"]["step"], saved["state"]["seconds"]
    assert step >= 2
    samples = sorted(path.name for path in (tmp_path / "training" / "samples").iterdir())
    assert len(samples) >= 2

    said: list[str] = []
    options = TrainingOptions(minutes=seconds / 60 + 1e-6)
    info = train_model(
        Training(
            tmp_path / "pictures",
            "mine",
            tmp_path / "models",
            tmp_path / "training",
            options,
            torch.device("cpu"),
            resume=True,
        ),
        said.append,
        lambda _: None,
    )

    assert f"Continuing at step {step}, after {seconds / 60:.1f} minutes." in said
    assert info is not None
    curve = info.config["training"]["curve"]
    assert [point["step"] for point in curve[-2:]][-1] == step + 1
    assert curve[:-1] == saved["state"]["curve"]
    assert [model.name for model in list_models()] == ["landscape", "mine"]
