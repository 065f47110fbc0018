from __future__ import annotations

import os
import signal

import pytest

from protocol.messages import Progress
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import RunningFront, edit_request, eventually


def busy_front(start_front: StartFront) -> tuple[RunningFront, int]:
    """A front with a job in its worker, and that worker's pid."""
    front = start_front(worker=["--step-s", "0.05"])
    voice = front.connect()
    voice.say(edit_request(steps=1000))
    voice.expect(Progress)
    return front, front.worker_pids()[0]


def test_a_front_killed_outright_leaves_no_worker(start_front: StartFront) -> None:
    front, _ = busy_front(start_front)
    front.process.kill()
    front.process.wait()
    assert eventually(lambda: front.worker_pids() == []) < 2


def test_a_front_killed_while_its_worker_loads_leaves_no_worker(start_front: StartFront) -> None:
    front = start_front(worker=["--load-s", "1000"])
    eventually(lambda: len(front.worker_pids()) == 1)
    front.process.kill()
    front.process.wait()
    assert eventually(lambda: front.worker_pids() == []) < 2


def test_the_end_of_stdin_ends_front_and_worker(start_front: StartFront) -> None:
    front, _ = busy_front(start_front)
    front.close_stdin()
    assert eventually(lambda: front.process.poll() is not None) < 2
    assert front.process.returncode == 0
    assert front.worker_pids() == []
    assert not (front.folder / "ready.json").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_front_and_worker_cleanly(start_front: StartFront, number: int) -> None:
    front, _ = busy_front(start_front)
    os.kill(front.process.pid, number)
    assert eventually(lambda: front.process.poll() is not None) < 2
    assert front.process.returncode == 0
    assert front.worker_pids() == []


def test_a_worker_stopped_by_a_signal_does_not_hold_up_the_end(start_front: StartFront) -> None:
    front, worker = busy_front(start_front)
    os.kill(worker, signal.SIGSTOP)
    front.close_stdin()
    front.process.wait(10)
    assert front.worker_pids() == []
