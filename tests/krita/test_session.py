"""The proof that a session gives at its end, and that each way of failing it is noticed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.krita.home import KritaHome
from tests.krita.link import KritaDied, UncleanExit
from tests.krita.session import SCREENSHOTS, KritaSession


@pytest.fixture
def home(warm_data: Path) -> Iterator[KritaHome]:
    """A home for a Krita that a test starts and ends by itself."""
    home = KritaHome(warm_data)
    yield home
    home.remove()


def test_quitting_with_an_unsaved_painting_ends_well_and_leaves_no_process(
    home: KritaHome,
) -> None:
    with KritaSession(home, "quits") as krita:
        krita.documents.create(width=320, height=240)
        krita.hand.take_brush(rgb=(220, 30, 20))
        krita.hand.paint_stroke([(100, 100), (200, 100)])
        assert krita.documents.describe()["modified"]
        assert [process.pid for process in krita.processes()] == [krita.process.pid]
        krita.quit()
        assert krita.process.returncode == 0
        assert krita.processes() == []


def test_a_killed_krita_is_a_failure(home: KritaHome) -> None:
    with KritaSession(home, "killed") as krita:
        os.kill(krita.process.pid, signal.SIGKILL)
        with pytest.raises(KritaDied, match="status -9"):
            krita.run("1")
        with pytest.raises(UncleanExit, match="status -9"):
            krita.wait_for_exit()


def test_a_process_that_outlives_krita_is_a_failure(
    home: KritaHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.krita.session.LEFTOVER_TIMEOUT_S", 1.0)
    krita = KritaSession(home, "leftover")
    with pytest.raises(UncleanExit, match=r"left processes: \d+: sleep 60"), krita:
        krita.run(
            "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True).pid"
        )
    assert krita.processes() == []


def test_a_krita_over_its_time_limit_is_killed(home: KritaHome) -> None:
    with pytest.raises(KritaDied, match="time limit"), KritaSession(home, time_limit_s=0.3):
        pass


def test_leaving_by_an_exception_keeps_a_screenshot(home: KritaHome) -> None:
    picture = SCREENSHOTS / "fails-failed.png"
    picture.unlink(missing_ok=True)
    with pytest.raises(AssertionError), KritaSession(home, "fails") as krita:
        raise AssertionError
    assert picture.stat().st_size > 1000
    assert krita.processes() == []
