"""The one thread that waits for the disk, so that the front's loop never does."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from backend.history.store import HistoryStore
from protocol.errors import SDEditError

log = logging.getLogger(__name__)

PIECE = 4096
LAST_WORK_S = 1.0
"""For what waits to be written when the front ends. What is not done by then is not kept."""


@dataclass(eq=False)
class Task:
    """Some work with the store; ``outcome`` is what it returned or raised."""

    work: Callable[[HistoryStore], Any]
    outcome: Any = None


class HistoryThread:
    """Does tasks one after the other, in the order in which they came.

    All methods are the loop's; only `_run` is the thread's.
    """

    def __init__(self, store: HistoryStore) -> None:
        self._store = store
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._done: deque[Task] = deque()
        self.woken, self._wake = socket.socketpair()
        """The first is readable when `done` has something to give. These are not of ZeroMQ, whose
        context could not end while the thread hangs."""
        self.woken.setblocking(False)
        self._wake.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def do(self, task: Task) -> None:
        self._tasks.put(task)

    def done(self) -> list[Task]:
        """The tasks done since the last call."""
        with contextlib.suppress(BlockingIOError):
            while self.woken.recv(PIECE):
                pass
        return [self._done.popleft() for _ in range(len(self._done))]

    def close(self) -> None:
        """End; a disk that hangs is not waited for."""
        self._tasks.put(None)
        self._thread.join(LAST_WORK_S)
        self.woken.close()

    def _run(self) -> None:
        try:
            self._store.tidy()
        except OSError as error:
            log.warning("The history cannot be tidied up (%s).", error.strerror)
        while (task := self._tasks.get()) is not None:
            try:
                task.outcome = task.work(self._store)
            except (OSError, SDEditError) as error:
                task.outcome = error
            except Exception as error:  # the thread's outermost edge
                log.exception("The history failed.")
                task.outcome = error
            self._done.append(task)
            with contextlib.suppress(OSError):  # it is full, or the loop has ended
                self._wake.send(b"!")
        self._wake.close()
