from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from backend.local import LocalBackend
from backend.models.catalogue import SHIPPED
from protocol.errors import JobFailed


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    return tmp_path


def reason(device: str = "auto") -> JobFailed:
    """Why a real backend says that it will never work."""
    with LocalBackend(device) as backend, pytest.raises(JobFailed) as caught:
        backend.wait_until_ready()
    return caught.value


def test_a_torch_that_cannot_be_imported_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "torch.py").write_text("raise ImportError('libtorch is gone', name='torch')\n")
    monkeypatch.setenv("PYTHONPATH", str(home))
    assert reason().sentence == (
        "The Python package torch is missing or damaged. "
        "Run install.py again, then 'sdedit doctor'."
    )


@pytest.mark.usefixtures("home")
def test_a_device_that_is_not_there_is_named_with_those_that_are() -> None:
    sentence = reason("cuda:99").sentence
    assert sentence.startswith("This machine has no device 'cuda:99'. Choose one of: ")
    assert "cpu" in sentence


def test_damaged_weights_are_named(home: Path) -> None:
    copy = home / "models" / "landscape"
    shutil.copytree(SHIPPED / "landscape", copy)
    with (copy / "model.safetensors").open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    assert "are damaged or were changed" in reason().sentence


def test_a_model_that_is_added_and_damaged_does_not_stop_the_shipped_one(home: Path) -> None:
    (home / "models" / "broken").mkdir(parents=True)
    (home / "models" / "broken" / "model.json").write_text(json.dumps({"name": "broken"}))
    with LocalBackend("cpu") as backend:
        assert backend.wait_until_ready().state == "ready"
