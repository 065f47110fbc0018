"""Backend and worker are killed or frozen while they work: it is said in words, and one goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from tests.krita.paintings import rough_landscape
from tests.krita.sdedit_docker import EDIT_TIMEOUT_S, SLOW_STEPS, SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)
FRONT = "-m backend serve "
WORKER = "-m backend.worker "
TOLD_WITHIN_S = 2.0
# A frozen backend may only be busy: it is given 4 seconds.
TOLD_FROZEN_WITHIN_S = 5.0
GONE_WITHIN_S = 10.0

STOPPED = (
    "The SDEdit backend stopped unexpectedly. "
    "Your document is untouched; Generate starts the backend again."
)


@pytest.fixture(autouse=True)
def _begun_edit(krita: KritaSession, docker: SDEditDocker) -> None:
    """A long edit is under way."""
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, rough_landscape(WIDTH, HEIGHT))
    docker.set(steps=SLOW_STEPS)
    docker.begin()


def pids(krita: KritaSession, kind: str) -> list[int]:
    """The running processes of this kind, FRONT or WORKER."""
    return [process.pid for process in krita.processes() if kind in process.command]


def strike(krita: KritaSession, kind: str, number: signal.Signals = signal.SIGKILL) -> int:
    """Send a signal to the one process of this kind, and return its id."""
    (pid,) = pids(krita, kind)
    os.kill(pid, number)
    return pid


def wait_until(condition: Callable[[], bool], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s"
        time.sleep(0.02)


def begin_anew_with_fewer_steps(docker: SDEditDocker) -> None:
    """An edit of some seconds, which is to be finished."""
    docker.press()
    docker.await_words("Cancelled.")
    docker.set(steps=60)
    docker.begin()


def assert_untouched(krita: KritaSession) -> None:
    """Nothing is in the document but the painting."""
    assert krita.documents.layer_names() == ["Background"]
    assert krita.documents.undo_history() == []
    assert (krita.documents.projection() == rough_landscape(WIDTH, HEIGHT)).all()


def assert_the_next_edit_works(krita: KritaSession, docker: SDEditDocker) -> None:
    docker.set(steps=4)
    made = docker.generate()
    assert krita.documents.layer_names() == [made.name, "Background"]


def test_a_backend_that_was_killed_is_told_and_the_next_edit_works(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    old = pids(krita, FRONT) + pids(krita, WORKER)
    strike(krita, FRONT)
    killed_at = time.monotonic()
    docker.await_words(STOPPED)
    print(f"told after {time.monotonic() - killed_at:.2f} s")
    assert time.monotonic() - killed_at < TOLD_WITHIN_S
    assert not docker.is_working
    krita.screenshot("backend-killed")
    assert_untouched(krita)
    wait_until(lambda: not {process.pid for process in krita.processes()} & set(old), GONE_WITHIN_S)
    assert_the_next_edit_works(krita, docker)


def test_a_backend_killed_while_nothing_is_asked_of_it_is_told_too(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.press()
    docker.await_words("Cancelled.")
    strike(krita, FRONT)
    killed_at = time.monotonic()
    docker.await_words(STOPPED)
    print(f"told after {time.monotonic() - killed_at:.2f} s")
    assert time.monotonic() - killed_at < TOLD_WITHIN_S
    assert_the_next_edit_works(krita, docker)


def test_an_edit_outlives_the_death_of_its_worker(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    begin_anew_with_fewer_steps(docker)
    killed = strike(krita, WORKER)
    docker.await_end()
    assert "as a new layer" in docker.words
    assert len(krita.documents.layers()) == 2
    assert killed not in pids(krita, WORKER)


def test_an_edit_that_kills_two_workers_is_given_up_in_words(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    wait_until(lambda: docker.step >= 30, EDIT_TIMEOUT_S)
    strike(krita, WORKER)
    docker.await_words("The worker ended unexpectedly and is being started again.")
    wait_until(lambda: 0 < docker.step < 30, EDIT_TIMEOUT_S)
    strike(krita, WORKER)
    docker.await_words("Two workers ended unexpectedly while they made this picture.")
    assert not docker.is_working
    assert_untouched(krita)
    assert_the_next_edit_works(krita, docker)


def test_a_frozen_backend_is_told_and_the_edit_goes_on_when_it_wakes(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    begin_anew_with_fewer_steps(docker)
    pid = strike(krita, FRONT, signal.SIGSTOP)
    frozen_at = time.monotonic()
    docker.await_words("The backend is not answering.")
    print(f"told after {time.monotonic() - frozen_at:.2f} s")
    assert time.monotonic() - frozen_at < TOLD_FROZEN_WITHIN_S
    krita.screenshot("backend-frozen", of="sdedit_docker")
    os.kill(pid, signal.SIGCONT)
    docker.await_words("Step ")
    docker.await_end()
    assert "as a new layer" in docker.words
    assert len(krita.documents.layers()) == 2
    assert pids(krita, FRONT) == [pid]


def test_an_edit_in_a_frozen_backend_can_be_cancelled_and_the_next_gets_a_new_one(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    frozen = strike(krita, FRONT, signal.SIGSTOP)
    docker.await_words("The backend is not answering.")
    docker.press()
    pressed_at = time.monotonic()
    docker.await_end()
    print(f"cancelled within {time.monotonic() - pressed_at:.2f} s")
    assert "Cancelled." in docker.words
    assert_untouched(krita)
    assert_the_next_edit_works(krita, docker)
    wait_until(lambda: frozen not in pids(krita, FRONT), GONE_WITHIN_S)
    assert len(pids(krita, FRONT)) == len(pids(krita, WORKER)) == 1
