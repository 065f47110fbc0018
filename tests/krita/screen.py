"""A virtual X screen: Xvfb, its pictures, and the real pointer and keyboard on it."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

START_TIMEOUT_S = 20.0
COMMAND_TIMEOUT_S = 30.0
# Time for the window under the pointer to take one motion event before the next is sent.
MOTION_PAUSE_S = 0.006


class ScreenError(Exception):
    """The virtual screen could not be started, drawn from, or driven."""


class Screen:
    """One running X display, known by its name (":7")."""

    def __init__(self, display: str, process: subprocess.Popen[bytes]) -> None:
        self.display = display
        self.process = process

    def _command(self, *arguments: str) -> str:
        environment = {**os.environ, "DISPLAY": self.display}
        done = subprocess.run(
            arguments,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            raise ScreenError(f"{' '.join(arguments[:6])} failed: {done.stderr.strip()}")
        return done.stdout

    def save_picture(self, path: Path, area: tuple[int, int, int, int] | None = None) -> Path:
        """Write what the screen, or an (x, y, width, height) of it, shows now as a PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        crop = []
        if area is not None:
            x, y, width, height = area
            crop = ["-crop", f"{width}x{height}+{x}+{y}", "+repage"]
        self._command("import", "-window", "root", *crop, str(path))
        return path

    def move_pointer(self, x: int, y: int) -> None:
        """Put the pointer on a screen point."""
        self._command("xdotool", "mousemove", str(x), str(y))

    def glide_pointer(self, points: Iterable[tuple[int, int]]) -> None:
        """Move the pointer through screen points, one motion event each."""
        steps: list[str] = []
        for x, y in points:
            steps += ["mousemove", str(x), str(y), "sleep", str(MOTION_PAUSE_S)]
        if steps:
            self._command("xdotool", *steps)

    def press_button(self, button: int = 1) -> None:
        """Press a mouse button and keep it down."""
        self._command("xdotool", "mousedown", str(button))

    def release_button(self, button: int = 1) -> None:
        """Let a mouse button go."""
        self._command("xdotool", "mouseup", str(button))

    def press_keys(self, *keys: str) -> None:
        """Press keys or chords by their X names, one after the other: ``"ctrl+a", "Tab"``."""
        self._command("xdotool", "key", "--clearmodifiers", *keys)

    def type_text(self, text: str) -> None:
        """Type characters as a person would."""
        self._command("xdotool", "type", "--clearmodifiers", "--delay", "20", text)

    def focus_window(self, window_id: int) -> None:
        """Give an X window the keyboard, as a window manager would."""
        self._command("xdotool", "windowfocus", "--sync", str(window_id))


@contextlib.contextmanager
def virtual_screen(width: int = 1400, height: int = 900) -> Iterator[Screen]:
    """A fresh Xvfb on a free display number; ended by its process id.

    Raises ScreenError if the server does not announce its display in time.
    """
    read_fd, write_fd = os.pipe()
    try:
        process = subprocess.Popen(
            (
                # The server must not outlive a test run that was killed outright.
                *("setpriv", "--pdeathsig", "KILL"),
                *("Xvfb", "-displayfd", str(write_fd), "-screen", "0", f"{width}x{height}x24"),
                *("-nolisten", "tcp", "-noreset"),
            ),
            pass_fds=(write_fd,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    finally:
        os.close(write_fd)
    try:
        with os.fdopen(read_fd, "rb") as announcements:
            ready, _, _ = select.select([announcements], [], [], START_TIMEOUT_S)
            number = announcements.readline().strip() if ready else b""
        if not number:
            raise ScreenError(f"Xvfb announced no display (exit status {process.poll()})")
        yield Screen(f":{number.decode()}", process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
