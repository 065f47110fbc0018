"""The backend as a child process: its surroundings, its end, and that it is never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sdedit.installation import Installation
from sdedit.link.process import LOG_BYTES_MOST, BackendNotStarted, BackendProcess

from tests.backend.front.running_front import is_alive
from tests.plugin.desk import wait_for
from tests.plugin.fronts import Front
from tests.plugin.staged import PYKRITA

STOPPED_WITHIN_S = 0.25
"""On a busy machine; see benchmarks/RELIABILITY.md for an idle one."""
PARENT = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from sdedit.link.process import BackendProcess
from sdedit.installation import Installation
home = Path(sys.argv[2])
process = BackendProcess(Installation("0.1.0", home / "python", home, home / "keys"))
while process.address() is None:
    time.sleep(0.01)
print(process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def listening(front: Front):
    process = BackendProcess(front.installation)
    wait_for(lambda: process.address() is not None)
    yield process
    process.stop()
    wait_for(lambda: process.exit_status() is not None)


def test_it_says_where_it_listens(listening: BackendProcess) -> None:
    assert str(listening.address()).startswith("tcp://127.0.0.1:")
    assert listening.exit_status() is None


def test_stop_does_not_wait_for_the_end_which_comes_by_itself(
    front: Front, listening: BackendProcess
) -> None:
    assert_stopped_soon(listening)
    wait_for(lambda: listening.exit_status() is not None)
    assert listening.exit_status() == 0, "it was not killed"
    assert list((front.home / "run").iterdir()) == []


def test_stop_kills_a_frozen_one(front: Front, listening: BackendProcess) -> None:
    freeze(listening.pid)
    assert_stopped_soon(listening)
    wait_for(lambda: listening.exit_status() == -signal.SIGKILL)
    assert list((front.home / "run").iterdir()) == []


def test_stop_kills_one_that_does_not_yet_listen(front: Front) -> None:
    front.becomes("never listens")
    process = BackendProcess(front.installation)
    assert_stopped_soon(process)
    wait_for(lambda: process.exit_status() == -signal.SIGKILL)
    assert list((front.home / "run").iterdir()) == []


@pytest.mark.parametrize("moment_s", [0.0, 0.1, 0.2, 0.3, 0.4, 0.6])
def test_nothing_is_left_whenever_during_its_start_it_is_stopped(
    front: Front, moment_s: float
) -> None:
    process = BackendProcess(front.installation)
    time.sleep(moment_s)
    assert_stopped_soon(process)
    wait_for(lambda: process.exit_status() is not None)
    wait_for(lambda: not any(is_alive(worker) for worker in workers(front)))
    assert list((front.home / "run").glob("*.json")) == []


def assert_stopped_soon(process: BackendProcess) -> None:
    began = time.monotonic()
    process.stop()
    assert time.monotonic() - began < STOPPED_WITHIN_S


def test_its_end_leaves_no_ready_file(front: Front, listening: BackendProcess) -> None:
    assert list((front.home / "run").glob("krita-*"))
    listening.kill()
    assert not list((front.home / "run").glob("krita-*"))


def test_its_workers_end_with_it(front: Front, listening: BackendProcess) -> None:
    wait_for(lambda: bool(workers(front)))
    listening.kill()
    wait_for(lambda: not any(is_alive(worker) for worker in workers(front)))


def test_a_frozen_worker_ends_with_a_killed_backend(
    front: Front, listening: BackendProcess
) -> None:
    wait_for(lambda: "is ready on" in front.log)
    for worker in workers(front):
        freeze(worker)
    listening.kill()
    wait_for(lambda: not any(is_alive(worker) for worker in workers(front)))


def freeze(process_id: int) -> None:
    """Stop a process; a thread of it may run on for a moment after the signal."""
    os.kill(process_id, signal.SIGSTOP)
    threads = Path(f"/proc/{process_id}/task")
    wait_for(lambda: all(" T " in (one / "stat").read_text() for one in threads.iterdir()))


def workers(front: Front) -> list[int]:
    """The ids of the workers' processes."""
    return [int(path.name.split("-")[1]) for path in front.home.glob("worker-*")]


@pytest.mark.parametrize("is_frozen", [False, True])
def test_it_ends_when_krita_is_killed(front: Front, is_frozen: bool) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(PYKRITA), str(front.home)], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    backend = int(parent.stdout.readline())
    assert is_alive(backend)
    if is_frozen:
        freeze(backend)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: not is_alive(backend))
    assert list((front.home / "run").iterdir()) == []


def test_what_a_killed_krita_has_left_in_the_run_folder_goes_in_a_week(front: Front) -> None:
    old, new = front.home / "run" / "krita-1-1.json", front.home / "run" / "krita-2-2.json"
    old.parent.mkdir()
    for path in (old, new):
        path.touch()
    os.utime(old, (0, 0))
    process = BackendProcess(front.installation)
    process.stop()
    wait_for(lambda: process.exit_status() is not None)
    assert list(old.parent.iterdir()) == [new]


def test_what_krita_needs_of_its_own_python_and_qt_is_not_passed_on(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = {
        "PYTHONHOME": "/tmp/.mount_krita/usr",
        "LD_LIBRARY_PATH": "/tmp/.mount_krita/usr/lib",
        "LD_PRELOAD": "",
        "QT_PLUGIN_PATH": "/tmp/.mount_krita/usr/plugins",
    }
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    front.python.write_text(f"#!/bin/sh\nenv > '{front.home}/environment'\n")
    process = BackendProcess(front.installation)
    wait_for(lambda: process.exit_status() is not None)
    process.stop()
    environment = (front.home / "environment").read_text().splitlines()
    names = {line.partition("=")[0] for line in environment}
    assert not names & set(theirs)
    assert f"SDEDIT_HOME={front.home}" in environment


def test_a_long_log_is_put_aside(front: Front) -> None:
    logs = front.home / "logs"
    logs.mkdir()
    (logs / "backend.log").write_bytes(b"x" * (LOG_BYTES_MOST + 1))
    front.becomes("dies at once")
    process = BackendProcess(front.installation)
    wait_for(lambda: process.exit_status() is not None)
    assert process.last_words() == "There is no room for the model."
    process.stop()
    assert (logs / "backend.log.1").stat().st_size == LOG_BYTES_MOST + 1


def test_last_words_are_of_this_start_only(front: Front) -> None:
    front.becomes("dies at once")
    first = BackendProcess(front.installation)
    wait_for(lambda: first.exit_status() is not None)
    first.stop()
    front.python.write_text("#!/bin/sh\nexit 3\n")
    process = BackendProcess(front.installation)
    wait_for(lambda: process.exit_status() == 3)
    assert process.last_words() == ""
    process.stop()


def test_a_home_that_cannot_be_written_is_a_sentence(front: Front, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = tmp_path / "file"
    with pytest.raises(BackendNotStarted, match="cannot be started"):
        BackendProcess(Installation("0.1.0", front.python, home, front.keys))
