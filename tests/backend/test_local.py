"""A backend of one's own, in the conditions that could keep it from starting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from backend.local import LocalBackend
from backend.paths import ROOT
from protocol.errors import ConnectionLost
from protocol.limits import TIMEOUTS
from protocol.messages import Message, Progress
from tests.backend.front.running_front import edit_request, eventually, is_alive


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a disk that is always full")
def test_a_full_disk_under_its_log_does_not_stop_the_backend(home: Path) -> None:
    (home / "logs").mkdir()
    (home / "logs" / f"command-{os.getpid()}.log").symlink_to("/dev/full")
    with LocalBackend("cpu") as backend:
        assert backend.client.is_connected


@pytest.mark.usefixtures("home")
def test_a_backend_that_ends_before_it_can_be_connected_to_is_noticed_at_once() -> None:
    class EndsEarly(LocalBackend):
        def _wait_for_address(self, process: subprocess.Popen[bytes], ready_file: Path) -> str:
            address = super()._wait_for_address(process, ready_file)
            process.kill()
            process.wait()
            return address

    began = time.monotonic()
    with pytest.raises(ConnectionLost, match="ended unexpectedly"), EndsEarly("cpu"):
        pass
    assert time.monotonic() - began < TIMEOUTS.start_s / 2


EDIT_FOR_EVER = """
import sys
from backend.local import LocalBackend
from tests.backend.front.running_front import edit_request
with LocalBackend("cpu") as backend:
    print(backend.pid, flush=True)
    backend.edit(edit_request(64, 64, steps=1000, sampler="sde-dpmpp-2m"))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_program_that_is_ended_leaves_no_folder_with_keys_and_no_process(
    home: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    temporary = home / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with subprocess.Popen(
        [sys.executable, "-c", EDIT_FOR_EVER], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        backend = int(process.stdout.readline())
        eventually(lambda: len(list(temporary.glob("sdedit-*/keys/*.json"))) == 3)
        os.kill(process.pid, number)
    eventually(lambda: not list(temporary.iterdir()))
    eventually(lambda: not is_alive(backend))


def test_a_backend_killed_in_the_middle_of_an_edit_is_replaced_once_and_the_edit_done(
    home: Path,
) -> None:
    killed: list[int] = []
    with LocalBackend("cpu") as backend:

        def kill_once(message: Message) -> None:
            if isinstance(message, Progress) and not killed:
                killed.append(backend.pid)
                os.kill(backend.pid, signal.SIGKILL)

        request = edit_request(64, 64, steps=6, sampler="sde-dpmpp-2m")
        result = backend.edit(request, kill_once)
        assert killed
        assert killed[0] != backend.pid
        again = backend.edit(replace(request, job_id="again"))
    assert bytes(result.pictures[0].data) == bytes(again.pictures[0].data)
    assert len(list((home / "logs").glob("front-*.log"))) == 2
