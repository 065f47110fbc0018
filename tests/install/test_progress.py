"""Whoever waits sees that something goes on, and what; a log file keeps all that was said."""

from __future__ import annotations

import io
import sys
import threading
from pathlib import Path

import pytest

from installer.commands import CommandError, ask, run_aloud
from installer.progress import Progress


class Watched(io.StringIO):
    """A stream that tells when it was written to; a terminal, if it says so."""

    def __init__(self, on_a_terminal: bool) -> None:
        super().__init__()
        self._on_a_terminal = on_a_terminal
        self.written = threading.Event()

    def isatty(self) -> bool:
        return self._on_a_terminal

    def write(self, text: str) -> int:
        self.written.set()
        return super().write(text)


@pytest.mark.parametrize("on_a_terminal", [False, True])
def test_a_long_step_shows_within_seconds_that_it_is_alive(on_a_terminal: bool) -> None:
    stream = Watched(on_a_terminal)
    progress = Progress(1, stream)
    with progress.alive("unpacking"):
        progress.hear("the last words")
        assert stream.written.wait(5)
    assert "unpacking ... 1 s - the last words" in stream.getvalue()


def test_a_short_step_says_nothing_in_between() -> None:
    stream = Watched(False)
    with Progress(1, stream).alive("unpacking"):
        pass
    assert stream.getvalue() == ""


def test_steps_are_numbered() -> None:
    stream = Watched(False)
    progress = Progress(2, stream)
    progress.step("One")
    progress.note("a\nb")
    progress.step("Two")
    assert stream.getvalue() == "[1/2] One\n      a\n      b\n[2/2] Two\n"


def test_what_a_command_prints_is_returned_and_kept_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "install.log"
    code = "import sys; print('out'); print('err', file=sys.stderr)"
    said = run_aloud([sys.executable, "-c", code], Progress(1, Watched(False)), "trying", log)
    assert sorted(said.split()) == ["err", "out"]
    assert "out" in log.read_text()
    assert "err" in log.read_text()


def test_a_command_that_fails_raises_with_all_that_it_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as raised:
        run_aloud(
            [sys.executable, "-c", "import sys; print('why'); sys.exit(3)"],
            Progress(1, Watched(False)),
            "trying",
            tmp_path / "log",
        )
    assert (raised.value.status, raised.value.output) == (3, "why\n")


def test_asking_a_program_that_is_missing_or_fails_gives_none(tmp_path: Path) -> None:
    assert ask([str(tmp_path / "missing")]) is None
    assert ask([sys.executable, "-c", "raise SystemExit(1)"]) is None
    assert ask([sys.executable, "-c", "print('yes')"]) == "yes\n"
