"""Krita ends as well and as quickly as without the plugin, whatever the backend is doing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.krita.home import KritaHome
from tests.krita.link import UncleanExit
from tests.krita.processes import wait_for_none
from tests.krita.sdedit_docker import SLOW_STEPS, SDEditDocker
from tests.krita.session import KritaSession

# The backend gets a third of a second to end by itself; the rest is for a busy machine.
LONGER_THAN_ALONE_S = 2.0
LEFT_WITHIN_S = 5.0


@pytest.fixture(scope="module")
def alone_s(warm_data: object) -> float:
    """How long a Krita takes to end that has no plugin of ours."""
    home = KritaHome(warm_data)  # type: ignore[arg-type]
    try:
        with KritaSession(home, "quits-alone") as krita:
            krita.documents.create(width=192, height=128)
            return quit_by_keyboard(krita)
    finally:
        home.remove()


@pytest.fixture
def artist(installed_home: KritaHome, request: pytest.FixtureRequest) -> Iterator[KritaSession]:
    """A Krita with the plugin and a document; the test ends it."""
    name = request.node.name.removeprefix("test_")[:60]
    with KritaSession(installed_home, name, CUDA_VISIBLE_DEVICES="") as krita:
        krita.documents.create(width=192, height=128)
        yield krita


def quit_by_keyboard(krita: KritaSession) -> float:
    """Press Ctrl+Q with nothing left to save, prove that the end is clean, return its seconds."""
    krita.run("documents.active().setModified(False)")
    krita.hand.press_keys("ctrl+q")
    pressed_at = time.monotonic()
    krita.wait_for_exit()
    return time.monotonic() - pressed_at


def assert_as_quick(took_s: float, alone_s: float) -> None:
    print(f"Krita ended in {took_s:.2f} s, without the plugin in {alone_s:.2f} s")
    assert took_s < alone_s + LONGER_THAN_ALONE_S


def test_krita_quits_with_a_backend_that_rests(artist: KritaSession, alone_s: float) -> None:
    docker = SDEditDocker(artist)
    docker.show()
    docker.set(steps=4)
    docker.generate()
    assert len(artist.processes()) == 3, "Krita, front and worker"
    assert_as_quick(quit_by_keyboard(artist), alone_s)


def test_krita_quits_in_the_midst_of_an_edit(artist: KritaSession, alone_s: float) -> None:
    docker = SDEditDocker(artist)
    docker.show()
    docker.set(steps=SLOW_STEPS)
    docker.begin()
    assert_as_quick(quit_by_keyboard(artist), alone_s)


def test_krita_quits_while_the_backend_starts(artist: KritaSession, alone_s: float) -> None:
    docker = SDEditDocker(artist)
    docker.show()
    docker.press()
    assert docker.is_working
    artist.wait_until("'model' in widgets.state('sdedit_status')['text']")
    assert_as_quick(quit_by_keyboard(artist), alone_s)


def test_a_krita_that_is_killed_takes_its_backend_with_it(artist: KritaSession) -> None:
    docker = SDEditDocker(artist)
    docker.show()
    docker.set(steps=SLOW_STEPS)
    docker.begin()
    os.kill(artist.process.pid, signal.SIGKILL)
    left = wait_for_none(artist.home.path, artist.process.pid, LEFT_WITHIN_S)
    assert left == []
    with pytest.raises(UncleanExit, match="status -9"):
        artist.wait_for_exit()
