"""What is not needed by everyone is added when asked for, and then stays."""

from __future__ import annotations

import json

import pytest

from installer.commands import ask
from tests.installation import INSTALL_LIMIT_S, Installation

pytestmark = [pytest.mark.install, pytest.mark.timeout(INSTALL_LIMIT_S)]

VERSIONS = "import torch, matplotlib; print(torch.__version__, matplotlib.__version__)"


def test_an_extra_is_added_to_what_is_there_and_remembered(installation: Installation) -> None:
    record = installation.prefix / "venv" / "sdedit-environment.json"
    python = str(installation.prefix / "venv" / "bin" / "python")
    made = (installation.prefix / "venv" / "pyvenv.cfg").stat().st_ino
    torch = json.loads(record.read_text())["torch"]
    assert ask([python, "-c", VERSIONS]) is None

    added = installation.run_installer("--extras", "evaluate", "--no-edit")
    assert added.returncode == 0, added.stdout + added.stderr
    assert "matplotlib" in added.stdout
    said = ask([python, "-c", VERSIONS])
    assert said is not None
    assert said.split()[0].split("+")[0] == torch.split("+")[0]

    again = installation.run_installer("--no-edit")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "is there and right" in again.stdout
    assert ask([python, "-c", VERSIONS]) == said
    assert (installation.prefix / "venv" / "pyvenv.cfg").stat().st_ino == made
