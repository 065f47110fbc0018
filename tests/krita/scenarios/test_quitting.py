"""Krita ends as well and as quickly as without the plugin, whatever the backend is doing."""

from __future__ import annotations

import os
import re
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest

from tests.installation import Installation
from tests.krita.another_artist import AnotherArtist
from tests.krita.home import KritaHome
from tests.krita.link import UncleanExit
from tests.krita.processes import wait_for_none
from tests.krita.sdedit_docker import EDIT_TIMEOUT_S, SLOW_STEPS, SDEditDocker
from tests.krita.session import QUIT_TIMEOUT_S, KritaSession

OWN_MOST_S = 0.25
"""By the plugin's own clock; unhurried some milliseconds, and with a frozen backend 0.05 s."""
LONGER_THAN_ALONE_S = 0.5
"""A busy machine may make one Krita's end longer than another's."""
LEFT_WITHIN_S = 5.0
CLOSES = 10
"""Of each kind, in the long form."""
LONGER, LONGER_S = 1.5, 0.05
"""Than Krita alone, at most, in the long form: so many times, and so many seconds."""

QUIT_WHEN_DONE = """
status, timer = widgets.find("sdedit_status"), QtCore.QTimer(windows.main_window())
def look():
    if status.text().startswith("Done"):
        timer.stop()
        for document in app.documents():
            document.setModified(False)
        windows.main_window().close()  # at once: Krita may still mark the document again
timer.timeout.connect(look)
timer.start(1)
"""


@pytest.fixture(scope="module")
def home_without_plugin(warm_data: Path) -> Iterator[KritaHome]:
    home = KritaHome(warm_data)
    try:
        yield home
    finally:
        home.remove()


@pytest.fixture(scope="module")
def alone_s(home_without_plugin: KritaHome) -> float:
    """How long a Krita takes to end that has no plugin of ours."""
    with krita_with_document(home_without_plugin, "quits-alone") as krita:
        return quit_by_keyboard(krita)


@pytest.fixture
def artist(installed_home: KritaHome, request: pytest.FixtureRequest) -> Iterator[KritaSession]:
    """A Krita with the plugin and a document; the test ends it."""
    name = request.node.name.removeprefix("test_")[:60]
    try:
        with krita_with_document(installed_home, name) as krita:
            yield krita
    finally:
        for left in ready_files(installed_home):  # of a backend that a failed test had to kill
            left.unlink()


@contextmanager
def krita_with_document(home: KritaHome, name: str) -> Iterator[KritaSession]:
    with KritaSession(home, name, CUDA_VISIBLE_DEVICES="") as krita:
        krita.documents.create(width=192, height=128)
        yield krita


def quit_by_keyboard(krita: KritaSession) -> float:
    """Press Ctrl+Q with nothing left to save; the seconds until Krita itself has ended. Proves that
    the end is a clean one, and that soon after it no process of this Krita is left."""
    krita.run("documents.active().setModified(False)")
    krita_fd = os.pidfd_open(krita.process.pid)
    try:
        krita.hand.press_keys("ctrl+q")
        pressed_at = time.monotonic()
        select.select([krita_fd], [], [], QUIT_TIMEOUT_S)
        took_s = time.monotonic() - pressed_at
    finally:
        os.close(krita_fd)
    krita.wait_for_exit()
    return took_s


def own_seconds(krita: KritaSession) -> float:
    """Of Krita's end, the plugin's own share, which its log tells."""
    log = (krita.home.data / "sdedit" / "logs" / "plugin.log").read_text(encoding="utf-8")
    return float(re.findall(r"the backend was ended in ([0-9.]+) s", log)[-1])


def ready_files(home: KritaHome) -> list[Path]:
    """What backends have left of their whereabouts."""
    return list((home.data / "sdedit" / "run").iterdir())


def assert_as_quick(krita: KritaSession, alone_s: float) -> None:
    """Quit, and compare."""
    took_s = quit_by_keyboard(krita)
    own_s = own_seconds(krita)
    print(f"Krita ended in {took_s:.3f} s ({own_s:.2f} s of it ours), alone in {alone_s:.3f} s")
    assert own_s < OWN_MOST_S
    assert took_s < 2 * alone_s + LONGER_THAN_ALONE_S
    assert ready_files(krita.home) == []


def freeze(krita: KritaSession, command: str) -> None:
    """Stop the one process of this Krita that runs this command."""
    (process,) = [one for one in krita.processes() if command in one.command]
    os.kill(process.pid, signal.SIGSTOP)


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
    other.hang_up()


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
    assert own_seconds(artist) < OWN_MOST_S
    assert ready_files(artist.home) == []


@pytest.mark.parametrize("frozen", ["backend serve", "backend.worker"])
def test_krita_quits_with_a_frozen(artist: KritaSession, alone_s: float, frozen: str) -> None:
    docker = SDEditDocker(artist)
    docker.show()
    docker.set(steps=SLOW_STEPS)
    docker.begin()
    freeze(artist, frozen)
    assert_as_quick(artist, alone_s)


@pytest.mark.parametrize("frozen", [[], ["backend serve", "backend.worker"]])
def test_a_krita_that_is_killed_takes_its_backend_with_it(
    artist: KritaSession, frozen: list[str]
) -> None:
    docker = SDEditDocker(artist)
    docker.show()
    docker.set(steps=SLOW_STEPS)
    docker.begin()
    for command in frozen:
        freeze(artist, command)
    os.kill(artist.process.pid, signal.SIGKILL)
    left = wait_for_none(artist.home.path, artist.process.pid, LEFT_WITHIN_S)
    assert left == []
    assert ready_files(artist.home) == []
    with pytest.raises(UncleanExit, match="status -9"):
        artist.wait_for_exit()


def let_it_rest(_krita: KritaSession, docker: SDEditDocker) -> None:
    docker.set(steps=4)
    docker.generate()


def let_it_start(_krita: KritaSession, docker: SDEditDocker) -> None:
    docker.press()


def let_it_work(_krita: KritaSession, docker: SDEditDocker) -> None:
    docker.set(steps=SLOW_STEPS)
    docker.begin()


def let_it_freeze(krita: KritaSession, docker: SDEditDocker) -> None:
    let_it_work(krita, docker)
    freeze(krita, "backend serve")


WHILES = {
    "rests": let_it_rest,
    "starts": let_it_start,
    "works": let_it_work,
    "is frozen": let_it_freeze,
}


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_it_takes_krita_no_longer_to_end_than_alone(
    home_without_plugin: KritaHome, installed_home: KritaHome
) -> None:
    """One after the other, so that whatever else the machine does falls on all of them alike."""
    took_s: dict[str, list[float]] = {}
    for _ in range(CLOSES):
        with krita_with_document(home_without_plugin, "quits-alone") as krita:
            took_s.setdefault("alone", []).append(quit_by_keyboard(krita))
        for what, bring_about in WHILES.items():
            with krita_with_document(installed_home, "quits-many-times") as krita:
                docker = SDEditDocker(krita)
                docker.show()
                bring_about(krita, docker)
                took_s.setdefault(what, []).append(quit_by_keyboard(krita))
                took_s.setdefault(f"{what}, ours", []).append(own_seconds(krita))
    for what, seconds in took_s.items():
        print(f"{what}: median {median(seconds):.3f} s, most {max(seconds):.3f} s")
    for what in WHILES:
        assert median(took_s[what]) < LONGER * median(took_s["alone"]) + LONGER_S
