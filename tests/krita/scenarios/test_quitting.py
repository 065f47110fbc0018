"""Krita ends as well and as quickly as without the plugin, whatever the backend is doing."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator

import pytest

from tests.installation import Installation
from tests.krita.another_artist import AnotherArtist
from tests.krita.home import KritaHome
from tests.krita.link import UncleanExit
from tests.krita.processes import wait_for_none
from tests.krita.sdedit_docker import EDIT_TIMEOUT_S, SLOW_STEPS, SDEditDocker
from tests.krita.session import KritaSession

# By its own clock; a busy machine may make any Krita's end longer than another's.
PLUGIN_MOST_S = 0.5
LONGER_THAN_ALONE_S = 1.5
LEFT_WITHIN_S = 5.0

QUIT_WHEN_DONE = """
status, timer = widgets.find("sdedit_status"), QtCore.QTimer(windows.main_window())
def look():
    if status.text().startswith("Done"):
        timer.stop()
        for document in app.documents():
            document.setModified(False)
        windows.close_soon()
timer.timeout.connect(look)
timer.start(1)
"""


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


def seconds_for_backend(krita: KritaSession) -> float:
    """Of Krita's end, the plugin's own share, which its log tells."""
    log = (krita.home.data / "sdedit" / "logs" / "plugin.log").read_text(encoding="utf-8")
    return float(re.findall(r"the backend was ended in ([0-9.]+) s", log)[-1])


def assert_as_quick(krita: KritaSession, alone_s: float) -> None:
    """Quit, and compare."""
    took_s = quit_by_keyboard(krita)
    ended_s = seconds_for_backend(krita)
    print(f"Krita ended in {took_s:.2f} s ({ended_s:.2f} s of it for the backend),", end=" ")
    print(f"without the plugin in {alone_s:.2f} s")
    assert ended_s < PLUGIN_MOST_S
    assert took_s < alone_s + LONGER_THAN_ALONE_S


def test_krita_quits_with_a_backend_that_rests(artist: KritaSession, alone_s: float) -> None:
    docker = SDEditDocker(artist)
    docker.show()
    docker.set(steps=4)
    docker.generate()
    assert len(artist.processes()) == 3, "Krita, front and worker"
    assert_as_quick(artist, alone_s)


def test_krita_quits_while_the_backend_starts(artist: KritaSession, alone_s: float) -> None:
    docker = SDEditDocker(artist)
    docker.show()
    docker.press()
    assert docker.is_working
    artist.wait_until("'model' in widgets.state('sdedit_status')['text']")
    assert_as_quick(artist, alone_s)


def test_krita_quits_while_the_edit_waits_its_turn(
    artist: KritaSession, alone_s: float, installation: Installation
) -> None:
    docker = SDEditDocker(artist)
    docker.show()
    docker.set(steps=4)
    docker.generate()
    other = AnotherArtist(installation.prefix)
    other.keep_the_worker_busy()
    docker.press()
    docker.await_words("Waiting: 1 before this one")
    assert_as_quick(artist, alone_s)
    other.leave()


def test_krita_quits_in_the_midst_of_an_edit(artist: KritaSession, alone_s: float) -> None:
    docker = SDEditDocker(artist)
    docker.show()
    docker.set(steps=SLOW_STEPS)
    docker.begin()
    assert_as_quick(artist, alone_s)


def test_krita_quits_in_the_moment_in_which_the_result_comes(artist: KritaSession) -> None:
    docker = SDEditDocker(artist)
    docker.show()
    docker.set(steps=SLOW_STEPS // 4)
    docker.begin()
    artist.run(QUIT_WHEN_DONE)
    artist.wait_for_exit(EDIT_TIMEOUT_S)
    print(f"the backend was ended in {seconds_for_backend(artist):.2f} s")
    assert seconds_for_backend(artist) < PLUGIN_MOST_S


def test_krita_quits_with_a_frozen_backend(artist: KritaSession, alone_s: float) -> None:
    docker = SDEditDocker(artist)
    docker.show()
    docker.set(steps=SLOW_STEPS)
    docker.begin()
    (front,) = [one.pid for one in artist.processes() if "backend serve" in one.command]
    os.kill(front, signal.SIGSTOP)
    assert_as_quick(artist, alone_s)


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
