"""A process that lives only as long as whoever holds the other end of its stdin.

It works on every system and for every kind of death: when the holder ends, even by kill -9, the
kernel closes the pipe and the read below returns EOF.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable

STDIN = 0
PR_SET_PDEATHSIG = 1
"""Linux's prctl(2): the signal that a process gets when its parent dies."""


def when_stdin_closes(action: Callable[[], None]) -> None:
    """Call ``action``, from a thread of its own, once stdin has reached EOF."""

    def wait() -> None:
        # os.read, not sys.stdin: a thread that holds sys.stdin's lock would abort the
        # interpreter's shutdown.
        try:
            while os.read(STDIN, 4096):
                pass
        except OSError:
            pass  # stdin was closed on our side or never existed: the same as EOF.
        action()

    _wake_when_parent_dies()
    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def _wake_when_parent_dies() -> None:
    """Have Linux wake this process, should it be stopped (SIGSTOP), when its parent dies: it could
    not see its stdin close, and would stay for ever."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGCONT)
