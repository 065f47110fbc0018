"""A disk that is full, or fills up, costs log lines and nothing else."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.paths import ROOT
from protocol.messages import Result
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import RunningFront, edit_request

pytestmark = pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="needs a disk that is always full"
)


def test_a_front_and_a_worker_whose_logs_cannot_be_written_do_their_jobs(tmp_path: Path) -> None:
    (tmp_path / "front.log").symlink_to("/dev/full")
    front = RunningFront(tmp_path)
    try:
        voice = front.connect()
        for _ in range(3):
            voice.say(edit_request())
        assert all(isinstance(answer, Result) for answer in voice.finals(3))
        assert "Traceback" not in front.output
    finally:
        front.close()


def test_a_disk_that_fills_up_while_jobs_run_stops_none(start_front: StartFront) -> None:
    """No file of its may grow any more, which is like a full disk to it."""
    front = start_front()
    voice = front.connect()
    voice.say(edit_request())
    assert isinstance(voice.finals(1)[0], Result)
    size = (front.folder / "front.log").stat().st_size
    resource.prlimit(front.process.pid, resource.RLIMIT_FSIZE, (size, size))
    for _ in range(3):
        voice.say(edit_request())
    assert all(isinstance(answer, Result) for answer in voice.finals(3))
    assert front.process.poll() is None


def test_a_ready_file_left_by_a_killed_front_is_replaced(tmp_path: Path) -> None:
    first = RunningFront(tmp_path)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    stale = (tmp_path / "ready.json").read_bytes()
    first.close()
    command = [sys.executable, "-m", "backend", "serve", "--until-stdin-closes"]
    command += ["--data", str(tmp_path), "--ready-file", str(tmp_path / "ready.json")]
    second = subprocess.Popen(
        [*command, "--device", "cpu"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with second:
        assert second.stdout is not None
        second.stdout.readline()  # It says that it listens.
        announced = (tmp_path / "ready.json").read_bytes()
        assert announced != stale
        assert json.loads(announced)["pid"] == second.pid
        assert second.stdin is not None
        second.stdin.close()
    assert not (tmp_path / "ready.json").exists()
