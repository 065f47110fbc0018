"""Folders of killed programs go, and no others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import run_folder
from backend.paths import ROOT
from backend.run_folder import HELD, YOUNG_S, RunFolder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only posix has the lock")

HOLD = """
from backend.run_folder import RunFolder
folder = RunFolder()
print(folder.path, flush=True)
input()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(run_folder.tempfile, "tempdir", None)
    return tmp_path


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[bytes]]:
    """Another program with a folder of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield process
        process.kill()


def folder_of(holder: subprocess.Popen[bytes]) -> Path:
    assert holder.stdout is not None
    return Path(os.fsdecode(holder.stdout.readline().strip()))


def grow_old(path: Path) -> None:
    long_ago = time.time() - YOUNG_S - 1
    os.utime(path, (long_ago, long_ago))


def test_only_its_owner_can_open_it_and_it_goes_when_removed() -> None:
    folder = RunFolder()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    folder.remove()
    assert not folder.path.exists()
    folder.remove()


def test_the_folder_of_a_killed_program_goes(holder: subprocess.Popen[bytes]) -> None:
    left = folder_of(holder)
    (left / "keys").mkdir()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    grow_old(left)
    RunFolder().remove()
    assert not left.exists()


def test_the_folder_of_a_program_that_lives_stays(holder: subprocess.Popen[bytes]) -> None:
    theirs = folder_of(holder)
    grow_old(theirs)
    RunFolder().remove()
    assert theirs.exists()


def test_a_young_folder_stays_though_nobody_holds_it_yet(temporary: Path) -> None:
    young = temporary / "sdedit-run-young"
    young.mkdir()
    (young / HELD).touch()
    RunFolder().remove()
    assert young.exists()


def test_what_only_looks_like_one_stays(temporary: Path) -> None:
    somewhere = temporary / "somewhere"
    somewhere.mkdir()
    (somewhere / HELD).touch()
    (temporary / "sdedit-run-link").symlink_to(somewhere)
    (temporary / "sdedit-run-file").touch()
    (temporary / "sdedit-run-empty").mkdir()
    for path in temporary.iterdir():
        grow_old(path)
    before = sorted(temporary.rglob("*"))
    RunFolder().remove()
    assert sorted(temporary.rglob("*")) == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs another user's folder")
def test_another_users_folder_stays(temporary: Path) -> None:
    theirs = temporary / "sdedit-run-theirs"
    theirs.mkdir()
    (theirs / HELD).touch()
    os.chown(theirs, 12345, 12345)
    grow_old(theirs)
    RunFolder().remove()
    assert theirs.exists()
