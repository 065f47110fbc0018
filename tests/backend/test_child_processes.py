from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backend.children import end_child, module_command, start_child

LIVES_BY_STDIN = """
import os, threading
from backend.lifeline import when_stdin_closes
when_stdin_closes(lambda: os._exit(3))
print("ready", flush=True)
threading.Event().wait()
"""
IGNORES_STDIN = "import threading; print('ready', flush=True); threading.Event().wait()"


def started(code: str) -> subprocess.Popen[bytes]:
    child = start_child([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == b"ready"
    child.stdout.close()
    return child


def test_a_child_ends_by_itself_when_its_stdin_closes() -> None:
    assert end_child(started(LIVES_BY_STDIN), 10) == 3


def test_a_child_that_does_not_is_killed() -> None:
    assert end_child(started(IGNORES_STDIN), 0.1) < 0


def test_a_child_that_has_ended_already_tells_its_exit_code() -> None:
    child = start_child([sys.executable, "-c", "raise SystemExit(5)"])
    child.wait(10)
    assert end_child(child, 1) == 5


def test_our_modules_are_found_and_no_stranger_of_the_same_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "__init__.py").write_text("raise SystemExit('a stranger')")
    monkeypatch.chdir(tmp_path)
    child = start_child([*module_command("backend"), "--version"], stdout=subprocess.PIPE)
    output, _ = child.communicate(timeout=20)
    assert output.startswith(b"sdedit ")
