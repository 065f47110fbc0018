"""How an edit proceeds, in one line that rewrites itself on a terminal."""

from __future__ import annotations

import sys
from typing import TextIO

from backend.cli.terminal import RETURN
from protocol.messages import Accepted, Message, Progress, Status


class ProgressLine:
    """Shows an edit's messages; where stderr is no terminal, only each new kind of them."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._shown = ""
        self._last_tenth = -1

    def show(self, message: Message) -> None:
        """Bring the line up to date with a message of the edit."""
        if isinstance(message, Progress):
            tenth = 10 * message.step // message.of
            if self._is_terminal or tenth != self._last_tenth:
                self._last_tenth = tenth
                self.write(_sentence(message))
        elif isinstance(message, Status) and message.state == "loading":
            self.write(message.sentence)
        elif isinstance(message, Accepted) and message.position > 1:
            self.write(f"Waiting: {message.position - 1} before this one.")

    def end(self) -> None:
        """Leave the line; what comes next begins a new one."""
        if self._is_terminal and self._shown:
            self._stream.write("\n")
            self._stream.flush()
        self._shown = ""

    def write(self, text: str) -> None:
        """Show a text in place of the last; where stderr is no terminal, below it."""
        if text == self._shown:
            return
        if self._is_terminal:
            self._stream.write(RETURN)
            self._stream.write(text.ljust(len(self._shown)))
        else:
            self._stream.write(text + "\n")
        self._stream.flush()
        self._shown = text


def _sentence(progress: Progress) -> str:
    step = f"Step {progress.step} of {progress.of}"
    if progress.seconds_left < 0 or progress.step == progress.of:
        return f"{step}."
    return f"{step}, {time_left(progress.seconds_left)}."


def time_left(seconds: float) -> str:
    """In words, as exact as one likes to know it."""
    return f"{seconds / 60:.0f} min left" if seconds >= 90 else f"{seconds:.0f} s left"
