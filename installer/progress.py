"""Tells the person at the terminal what is being done, and that it is still being done."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import Iterator, TextIO

INDENT = "      "
FIRST_SIGN_S = 1.0
# A terminal shows a running clock; a log file gets a line now and then.
SIGN_EVERY_S_ON_A_TERMINAL = 0.5
SIGN_EVERY_S_IN_A_FILE = 5.0


class Progress:
    """Numbered steps, notes under them, and signs of life while one takes long."""

    def __init__(self, steps: int, stream: TextIO | None = None) -> None:
        self._steps = steps
        self._step = 0
        self._stream = stream or sys.stdout
        self._on_a_terminal = self._stream.isatty()
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._last_words = ""

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return time.monotonic() - self._began

    def step(self, title: str) -> None:
        """Begin the next step."""
        self._step += 1
        self._write(f"[{self._step}/{self._steps}] {title}\n")

    def note(self, text: str) -> None:
        """Say one thing about the step."""
        for line in text.splitlines():
            self._write(f"{INDENT}{line}\n")

    def say(self, text: str) -> None:
        """Say something that belongs to no step."""
        self._write(f"{text}\n")

    def hear(self, words: str) -> None:
        """Take the last words of a running command, to be shown with the next sign of life."""
        with self._lock:
            self._last_words = words

    @contextlib.contextmanager
    def alive(self, doing: str) -> Iterator[None]:
        """Show that ``doing`` goes on, with its seconds, from its first second on."""
        over = threading.Event()
        began = time.monotonic()
        self.hear("")
        watcher = threading.Thread(target=self._show_life, args=(doing, began, over), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def _show_life(self, doing: str, began: float, over: threading.Event) -> None:
        wait = FIRST_SIGN_S
        while not over.wait(wait):
            wait = SIGN_EVERY_S_ON_A_TERMINAL if self._on_a_terminal else SIGN_EVERY_S_IN_A_FILE
            with self._lock:
                words = f" - {self._last_words}" if self._last_words else ""
            sign = f"{INDENT}{doing} ... {time.monotonic() - began:.0f} s{words}"
            self._write(f"\r\x1b[K{sign[:100]}" if self._on_a_terminal else f"{sign[:100]}\n")
        if self._on_a_terminal:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
