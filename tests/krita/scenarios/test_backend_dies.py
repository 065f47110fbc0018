"""Backend and worker are killed or frozen, at each stage of an edit: it is said in words, the edit
begins anew by itself, and the document is what it was, but for the one new layer."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from tests.installation import Installation
from tests.krita.another_artist import AnotherArtist, address_of_backend
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
SOME_STEPS = 60
"""Some seconds of work."""

STOPPED = (
    "The SDEdit backend stopped unexpectedly. "
    "Your document is untouched; Generate starts the backend again."
)
STARTING_AGAIN = "The backend stopped unexpectedly. Starting it again…"
Fingerprint = dict[str, str]
# From inside Krita, because only there the socket is at hand.
CUT = """
import os, socket
count = 0
for name in os.listdir("/proc/self/fd"):
    try:
        if not os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
            continue
        with socket.socket(fileno=os.dup(int(name))) as copy:
            if copy.family == socket.AF_INET and copy.getpeername()[1] == port:
                copy.shutdown(socket.SHUT_RDWR)
                count += 1
    except OSError:
        pass
count
"""


@pytest.fixture
def before(krita: KritaSession) -> Fingerprint:
    """A document with two layers and a selection; what it is before the edit."""
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, rough_landscape(WIDTH, HEIGHT))
    krita.documents.add_layer("sketch")
    krita.documents.activate_layer("Background")
    krita.documents.select((10, 20, 150, 90))
    return krita.documents.fingerprint()


@pytest.fixture
def begun_edit(docker: SDEditDocker, before: Fingerprint) -> Fingerprint:
    """A long edit of that document is under way."""
    docker.set(steps=SLOW_STEPS)
    docker.begin()
    return before


@pytest.fixture
def other(installation: Installation) -> Iterator[AnotherArtist]:
    """Another artist on the same backend."""
    artist = AnotherArtist(installation.prefix)
    yield artist
    artist.hang_up()


@pytest.fixture
def waiting_edit(
    docker: SDEditDocker, begun_edit: Fingerprint, other: AnotherArtist
) -> Fingerprint:
    """A short edit waits until the other artist's is done."""
    docker.press()
    docker.await_words("Cancelled.")
    other.keep_the_worker_busy()
    docker.set(steps=4)
    docker.press()
    docker.await_words("Waiting: 1 before this one")
    return begun_edit


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


def assert_untouched(krita: KritaSession, before: Fingerprint) -> None:
    assert krita.documents.fingerprint() == before


def assert_the_edit_is_one_step(krita: KritaSession, before: Fingerprint) -> None:
    """One layer has come, and one undo gives the document of before."""
    names = krita.documents.layer_names()
    assert sum(name.startswith("SDEdit ") for name in names) == 1, names
    krita.documents.undo()
    assert_untouched(krita, before)


def assert_the_next_edit_works(
    krita: KritaSession, docker: SDEditDocker, before: Fingerprint
) -> None:
    docker.set(steps=4)
    docker.generate()
    assert_the_edit_is_one_step(krita, before)


def end_backend(krita: KritaSession) -> None:
    """Have none, so that the next edit starts one; how it ends is not the matter here."""
    for pid in pids(krita, FRONT):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not pids(krita, FRONT) + pids(krita, WORKER), GONE_WITHIN_S)
    krita.wait_until("'unexpectedly' in widgets.state('sdedit_status')['text']")


def seconds_until_told(docker: SDEditDocker, words: str) -> float:
    """From now; they are printed too."""
    began = time.monotonic()
    docker.await_words(words)
    told_s = time.monotonic() - began
    print(f"told after {told_s:.2f} s: {words}")
    return told_s


# ---------------------------------------------------------------- killed


def test_an_edit_begins_anew_by_itself_when_its_backend_is_killed(
    krita: KritaSession, docker: SDEditDocker, before: Fingerprint
) -> None:
    docker.set(steps=SOME_STEPS)
    docker.begin()
    old = pids(krita, FRONT) + pids(krita, WORKER)
    strike(krita, FRONT)
    assert seconds_until_told(docker, STARTING_AGAIN) < TOLD_WITHIN_S
    krita.screenshot("backend-killed", of="sdedit_docker")
    assert_untouched(krita, before)
    wait_until(lambda: not {process.pid for process in krita.processes()} & set(old), GONE_WITHIN_S)
    docker.await_words("as a new layer")
    assert_the_edit_is_one_step(krita, before)


def test_an_edit_whose_backend_is_killed_twice_is_given_up_in_words(
    krita: KritaSession, docker: SDEditDocker, begun_edit: Fingerprint
) -> None:
    strike(krita, FRONT)
    docker.await_words(STARTING_AGAIN)
    docker.await_words(" %")
    strike(krita, FRONT)
    words = "The SDEdit backend stopped twice while it made this picture."
    assert seconds_until_told(docker, words) < TOLD_WITHIN_S
    assert not docker.is_working
    krita.screenshot("backend-killed-twice", of="sdedit_docker")
    assert_untouched(krita, begun_edit)
    assert_the_next_edit_works(krita, docker, begun_edit)


def test_a_backend_killed_while_nothing_is_asked_of_it_is_told_too(
    krita: KritaSession, docker: SDEditDocker, begun_edit: Fingerprint
) -> None:
    docker.press()
    docker.await_words("Cancelled.")
    strike(krita, FRONT)
    assert seconds_until_told(docker, STOPPED) < TOLD_WITHIN_S
    assert_the_next_edit_works(krita, docker, begun_edit)


@pytest.mark.parametrize("stage", ["starts", "loads"])
def test_a_backend_killed_while_it(
    krita: KritaSession, docker: SDEditDocker, begun_edit: Fingerprint, stage: str
) -> None:
    docker.press()
    docker.await_words("Cancelled.")
    end_backend(krita)
    docker.set(steps=4)
    docker.press()
    if stage == "loads":
        docker.await_words("model")
        strike(krita, FRONT)
        docker.await_words("as a new layer")
        assert_the_edit_is_one_step(krita, begun_edit)
    else:
        wait_until(lambda: bool(pids(krita, FRONT)), EDIT_TIMEOUT_S)
        strike(krita, FRONT)
        words = "The SDEdit backend could not start."
        assert seconds_until_told(docker, words) < TOLD_WITHIN_S
        assert_untouched(krita, begun_edit)
        assert_the_next_edit_works(krita, docker, begun_edit)


def test_a_backend_killed_while_the_edit_waits_its_turn(
    krita: KritaSession, docker: SDEditDocker, waiting_edit: Fingerprint
) -> None:
    krita.screenshot("waiting", of="sdedit_docker")
    strike(krita, FRONT)
    docker.await_words("as a new layer")
    assert_the_edit_is_one_step(krita, waiting_edit)


def test_a_backend_killed_while_the_result_waits_for_the_brush_loses_nothing(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.hand.take_brush(size_px=20, rgb=(220, 30, 20))
    docker.set(steps=SOME_STEPS)
    docker.begin()
    with krita.hand.holding_stroke([(80, 60), (120, 60)]):
        docker.await_words("The layer comes when you lift the brush.")
        strike(krita, FRONT)
        wait_until(lambda: not pids(krita, FRONT), GONE_WITHIN_S)
    docker.await_end()
    assert "as a new layer" in docker.words or docker.words == STOPPED
    assert len(krita.documents.layers()) == 2
    assert krita.documents.undo_history() == ["Freehand Brush Stroke", "Add Layer"]


def test_an_edit_outlives_the_death_of_its_worker(
    krita: KritaSession, docker: SDEditDocker, before: Fingerprint
) -> None:
    docker.set(steps=SOME_STEPS)
    docker.begin()
    killed = strike(krita, WORKER)
    docker.await_end()
    assert "as a new layer" in docker.words
    assert killed not in pids(krita, WORKER)
    assert_the_edit_is_one_step(krita, before)


def test_an_edit_that_kills_two_workers_is_given_up_in_words(
    krita: KritaSession, docker: SDEditDocker, before: Fingerprint
) -> None:
    docker.set(steps=SLOW_STEPS, seed=13)  # for a while no backend will take this one again
    docker.begin()
    wait_until(lambda: docker.share >= 0.15, EDIT_TIMEOUT_S)
    strike(krita, WORKER)
    docker.await_words("The worker ended unexpectedly and is being started again.")
    wait_until(lambda: 0 < docker.share < 0.15, EDIT_TIMEOUT_S)
    strike(krita, WORKER)
    docker.await_words("Two workers ended unexpectedly while they made this picture.")
    assert not docker.is_working
    assert_untouched(krita, before)
    assert_the_next_edit_works(krita, docker, before)


# ---------------------------------------------------------------- frozen


def test_a_frozen_backend_is_told_and_the_edit_goes_on_when_it_wakes(
    krita: KritaSession, docker: SDEditDocker, before: Fingerprint
) -> None:
    docker.set(steps=SOME_STEPS)
    docker.begin()
    pid = strike(krita, FRONT, signal.SIGSTOP)
    words = "The backend is not answering."
    assert seconds_until_told(docker, words) < TOLD_FROZEN_WITHIN_S
    assert "left" not in docker.words
    krita.screenshot("backend-frozen", of="sdedit_docker")
    assert_untouched(krita, before)
    os.kill(pid, signal.SIGCONT)
    docker.await_words("as a new layer")
    assert pids(krita, FRONT) == [pid]
    assert_the_edit_is_one_step(krita, before)


def test_an_edit_in_a_frozen_backend_can_be_cancelled_and_the_next_gets_a_new_one(
    krita: KritaSession, docker: SDEditDocker, begun_edit: Fingerprint
) -> None:
    frozen = strike(krita, FRONT, signal.SIGSTOP)
    docker.await_words("The backend is not answering.")
    docker.press()
    pressed_at = time.monotonic()
    docker.await_end()
    print(f"cancelled within {time.monotonic() - pressed_at:.2f} s")
    assert "Cancelled." in docker.words
    assert_untouched(krita, begun_edit)
    assert_the_next_edit_works(krita, docker, begun_edit)
    wait_until(lambda: frozen not in pids(krita, FRONT), GONE_WITHIN_S)
    assert len(pids(krita, FRONT)) == len(pids(krita, WORKER)) == 1


def test_a_backend_frozen_while_nothing_is_asked_of_it_is_told_and_replaced(
    krita: KritaSession, docker: SDEditDocker, begun_edit: Fingerprint
) -> None:
    docker.press()
    docker.await_words("Cancelled.")
    frozen = strike(krita, FRONT, signal.SIGSTOP)
    docker.await_words("The backend is not answering. Generate starts a new one.")
    assert_the_next_edit_works(krita, docker, begun_edit)
    assert frozen not in pids(krita, FRONT)


def test_a_backend_frozen_while_the_edit_waits_its_turn_is_told(
    krita: KritaSession,
    docker: SDEditDocker,
    waiting_edit: Fingerprint,
    other: AnotherArtist,
) -> None:
    pid = strike(krita, FRONT, signal.SIGSTOP)
    words = "The backend is not answering."
    assert seconds_until_told(docker, words) < TOLD_FROZEN_WITHIN_S
    os.kill(pid, signal.SIGCONT)
    other.leave()
    docker.await_words("as a new layer")
    assert_the_edit_is_one_step(krita, waiting_edit)


# ---------------------------------------------------------------- cut off


def test_an_edit_goes_on_when_its_connection_was_cut(
    krita: KritaSession,
    docker: SDEditDocker,
    before: Fingerprint,
    installation: Installation,
) -> None:
    docker.set(steps=SOME_STEPS)
    docker.begin()
    (front,) = pids(krita, FRONT)
    port = int(address_of_backend(installation.prefix).rpartition(":")[2])
    assert krita.run(CUT, port=port) > 0
    docker.await_words("as a new layer")
    assert pids(krita, FRONT) == [front]
    assert_the_edit_is_one_step(krita, before)
