"""Where a backend runs: on this machine, started and ended by us, or on another one."""

from __future__ import annotations

import logging
from typing import Callable, Protocol, Sequence

from ..i18n import _
from ..installation import Installation
from ..protocol.limits import TIMEOUTS
from .process import BackendProcess
from .words import HERE, BackendWords, elsewhere

log = logging.getLogger(__name__)


class Host(Protocol):
    """What differs from place to place. Nothing here speaks with the backend itself."""

    name: str
    """"" for this machine, else what the other one is called here."""
    words: BackendWords
    patience_s: float
    """From `start` to its first answer."""
    is_left_alone: bool
    """Whether it cannot be ended and replaced from here, only left and come back to."""

    @property
    def is_started(self) -> bool:
        """Whether it is to be spoken with."""

    def start(self) -> None:
        """Have it run. Raises SDEditError."""

    def where(self) -> str | None:
        """What `Connect` takes; None until that is known."""

    def how_it_ended(self) -> str | None:
        """Its last words, perhaps none, once it has ended by itself; None while it has not."""

    def stop(self) -> None:
        """Have it end, when it is ours to end."""

    def kill(self) -> None:
        """The same without its consent."""


class ThisMachine:
    """A process of ours."""

    name = ""
    words = HERE
    patience_s = TIMEOUTS.start_s
    is_left_alone = False

    def __init__(
        self, installation: Installation, serve_arguments: Callable[[], Sequence[str]]
    ) -> None:
        self._installation = installation
        self._serve_arguments = serve_arguments
        self._process: BackendProcess | None = None
        self._ending: list[BackendProcess] = []
        """No longer ours to speak with, but not yet seen to have ended."""

    @property
    def process_id(self) -> int | None:
        """The process that was started, None when none runs."""
        return None if self._process is None else self._process.pid

    @property
    def has_processes(self) -> bool:
        """Whether any process that was started is still there."""
        self.reap()
        return self._process is not None or bool(self._ending)

    @property
    def is_started(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        self._process = BackendProcess(self._installation, self._serve_arguments())

    def where(self) -> str | None:
        return None if self._process is None else self._process.address()

    def how_it_ended(self) -> str | None:
        status = None if self._process is None else self._process.exit_status()
        if self._process is None or status is None:
            return None
        words = self._process.last_words()
        log.warning("The backend ended with status %d: %s", status, words)
        if words:
            return _("It said: {words}").format(words=words)
        return _("It ended with status {status}.").format(status=status)

    def reap(self) -> None:
        """Let the system forget the processes that have ended."""
        self._ending = [process for process in self._ending if process.exit_status() is None]

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
        self._let_go()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
        self._let_go()

    def _let_go(self) -> None:
        if self._process is not None:
            self._ending.append(self._process)
            self._process = None


class AnotherMachine:
    """A backend that runs for others, too; all we can do is connect and disconnect."""

    patience_s = TIMEOUTS.reach_s
    is_left_alone = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.words = elsewhere(name)
        self.is_started = False

    def start(self) -> None:
        self.is_started = True

    def where(self) -> str | None:
        return self.name

    def how_it_ended(self) -> str | None:
        return None

    def stop(self) -> None:
        self.is_started = False

    def kill(self) -> None:
        self.stop()
