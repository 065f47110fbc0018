"""Commands that are run in this process, all with the same real backend."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.cli.command import main
from backend.local import LocalBackend

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="package")
def shared_backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBackend]:
    """The real worker with the model that ships."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SDEDIT_HOME", str(tmp_path_factory.mktemp("home")))
        with LocalBackend("cpu") as running:
            yield running


@pytest.fixture
def sdedit_here(
    shared_backend: LocalBackend,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """The command `sdedit`, run in ``tmp_path`` without the seconds in which a process and a
    backend of its own would start; for tests of what it makes of files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(
        "backend.local.LocalBackend", lambda _device: contextlib.nullcontext(shared_backend)
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        code = main(arguments)
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return run
