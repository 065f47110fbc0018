"""The settings window's wishes: models imported by a real child process, a changed backend."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from sdedit.features.preferences import ChangeBackend, ImportModel, Preferences, StopImport
from sdedit.installation import Installation
from sdedit.protocol.errors import SDEditError

from backend.paths import ROOT
from tests.plugin.desk import Desk


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Of this very Python, which has what an import needs."""
    python = tmp_path / "this-python"
    python.write_text(f'#!/bin/sh\nexport PYTHONPATH="{ROOT}"\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o700)
    home = tmp_path / "importing"
    home.mkdir()
    return Installation("0.1.0", python, home, home / "keys")


@pytest.fixture
def preferences(desk: Desk, installation: Installation) -> Preferences:
    made = Preferences(desk.core, installation)
    desk.core.add(made)
    return made


@pytest.mark.usefixtures("preferences")
def test_a_checkpoint_becomes_a_model(desk: Desk, installation: Installation) -> None:
    torch = pytest.importorskip("torch")
    from tests.backend.models.importing.checkpoints_made import golden_weights, write_config

    weights, settings = golden_weights("ddpm")
    checkpoint = installation.home / "tiny.ckpt"
    torch.save(weights, checkpoint)
    write_config(checkpoint.with_suffix(".json"), settings)
    desk.core.do(ImportModel(str(checkpoint)))
    assert desk.state.model_import.is_under_way
    desk.wait_for(lambda: not desk.state.model_import.is_under_way)
    assert desk.state.model_import.words.startswith("The model 'tiny' is ready")
    assert (installation.models / "tiny" / "model.safetensors").exists()


@pytest.mark.usefixtures("preferences")
def test_what_cannot_be_imported_is_told_in_the_programs_own_words(desk: Desk) -> None:
    desk.core.do(ImportModel("/nowhere/at/all.ckpt"))
    desk.wait_for(lambda: not desk.state.model_import.is_under_way)
    assert "/nowhere/at/all.ckpt" in desk.state.model_import.words


@pytest.mark.usefixtures("preferences")
def test_an_import_can_be_stopped(desk: Desk) -> None:
    desk.core.do(ImportModel("/nowhere/at/all.ckpt"))
    desk.core.do(StopImport())
    assert not desk.state.model_import.is_under_way
    assert desk.state.model_import.words.startswith("Stopped.")


def test_without_an_installation_an_import_says_what_to_do(desk: Desk) -> None:
    desk.core.add(Preferences(desk.core, SDEditError("Not installed.", "Run install.py.")))
    desk.core.do(ImportModel("x"))
    assert desk.state.model_import.words == "Not installed. Run install.py."


@pytest.mark.usefixtures("preferences")
def test_another_device_has_the_backend_start_anew_with_it(desk: Desk) -> None:
    desk.edit()
    first = desk.link.process_id
    desk.core.do(ChangeBackend("", "cpu", 100))
    assert desk.core.settings.device == "cpu"
    desk.edit()
    assert desk.link.process_id != first
    assert len(desk.studio.document.added) == 2


@pytest.mark.usefixtures("preferences")
def test_nothing_changed_leaves_the_backend_alone(desk: Desk) -> None:
    desk.edit()
    first = desk.link.process_id
    settings = desk.core.settings
    desk.core.do(ChangeBackend(settings.backend, settings.device, settings.history_mb))
    desk.edit()
    assert desk.link.process_id == first
    assert first is not None
    os.kill(first, signal.SIG_DFL)  # still there
