"""The backend as the core sees it: started when needed, connected, watched, and put into words."""

from __future__ import annotations

import logging
import time
from enum import Enum
from pathlib import Path
from typing import Any, Callable, Protocol

from .backend_process import BackendProcess
from .installation import Installation
from .protocol import VERSION
from .protocol.errors import ConnectionLost, ProtocolError, SDEditError
from .protocol.limits import TIMEOUTS
from .protocol.messages import Hello, Message, Ping, Progress, Status, Welcome

log = logging.getLogger(__name__)


class BackendState(Enum):
    """Where the backend stands. Only in READY and LOADING does it take jobs."""

    UNUSABLE = "not installed, or not for this Krita"
    STOPPED = "not running"
    STARTING = "started, not yet listening"
    CONNECTING = "listening, not yet connected"
    LOADING = "connected, its model not yet loaded"
    READY = "connected, its model loaded"
    SILENT = "connected, but not answering"
    BROKEN = "running, but of no use"


class BackendEnded(SDEditError):
    """The backend's process ended although nobody had asked it to."""

    code = "backend-ended"


KEY_REFUSED = ConnectionLost(
    "The SDEdit backend does not accept this plugin's key.",
    "Run install.py again: it makes keys that match.",
)
TOO_SLOW = ConnectionLost(
    f"The SDEdit backend did not answer within {TIMEOUTS.start_s:g} s.",
    "Press Generate to start it again, or run 'sdedit doctor' in a terminal to see why.",
)


class Connection(Protocol):
    """What is used of `connection.QtConnection`, which wraps `protocol.client.Client`."""

    @property
    def is_connected(self) -> bool:
        """Whether a backend is at the other end, as of the last `watch`."""

    @property
    def refused(self) -> bool:
        """Whether the backend does not accept our keys, as of the last `watch`."""

    def send(self, message: Message) -> None:
        """Hand a message over. Raises ConnectionLost when nobody is there."""

    def receive(self) -> list[Message]:
        """What has arrived. Raises ProtocolError."""

    def watch(self) -> None:
        """Bring the two properties up to date."""

    def close(self) -> None:
        """Close at once."""


Connect = Callable[[str, Path], Connection]
"""``connect(address, folder of the keys)``. Raises SDEditError."""


class BackendLink:
    """One local backend, its process and the connection to it.

    ``poll()`` is called now and then, and whenever something may have arrived; everything that
    happens, happens there.
    """

    def __init__(
        self,
        installation: Installation | SDEditError,
        connect: Connect,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``installation`` may be the reason why there is none."""
        self._installation = installation
        self._connect = connect
        self._clock = clock
        self._process: BackendProcess | None = None
        self._ending: list[BackendProcess] = []
        """Killed, but not yet seen to have ended."""
        self._connection: Connection | None = None
        self._started_at = 0.0
        self._has_answered = False
        self._is_greeted = False
        self._pings = 0
        self._pinged_at = 0.0
        self._oldest_unanswered_at: float | None = None
        self.problem: SDEditError | None = None
        """Why the backend is UNUSABLE, STOPPED against our will, or BROKEN."""
        self.state = BackendState.STOPPED
        self.sentence = ""
        self.device = ""
        self.models: tuple[dict[str, Any], ...] = ()
        """What the backend says of its models; of an earlier backend until this one has."""
        self.starts = 0
        """Backends started so far: a job sent to an earlier one is lost with it."""
        self.died_at_work = False
        """Whether the last one ended by itself after it had been answering."""
        if isinstance(installation, SDEditError):
            self.state, self.problem = BackendState.UNUSABLE, installation

    @property
    def takes_jobs(self) -> bool:
        """Whether a job can be sent now; a loading backend keeps it until it is ready."""
        return self.state in (BackendState.LOADING, BackendState.READY)

    @property
    def has_failed(self) -> bool:
        """Whether a job that waits for this backend waits in vain."""
        return self.state in (BackendState.UNUSABLE, BackendState.STOPPED, BackendState.BROKEN)

    @property
    def is_starting(self) -> bool:
        """Whether it is on its way from STOPPED to READY."""
        return self.state in (
            BackendState.STARTING,
            BackendState.CONNECTING,
            BackendState.LOADING,
        )

    @property
    def process_id(self) -> int | None:
        """The process that was started, None when none runs."""
        return None if self._process is None else self._process.pid

    @property
    def has_processes(self) -> bool:
        """Whether any process that was started is still there."""
        self._ending = [process for process in self._ending if process.exit_status() is None]
        return self._process is not None or bool(self._ending)

    def ensure_started(self) -> None:
        """Start the backend unless it runs already; one that is of no use is replaced."""
        if isinstance(self._installation, SDEditError):
            return
        if self.state in (BackendState.BROKEN, BackendState.SILENT):
            self.kill()
        if self._process is not None:
            return
        self.problem, self.died_at_work = None, False
        try:
            self._process = BackendProcess(self._installation)
        except SDEditError as error:
            self._give_up(BackendState.STOPPED, error)
            return
        self.starts += 1
        self._started_at = self._clock()
        self._has_answered = False
        self.state = BackendState.STARTING

    def ensure_warm(self) -> None:
        """Start a backend ahead of its first job; one that has failed is left for the next job."""
        if self.state is BackendState.STOPPED and self.problem is None:
            self.ensure_started()

    def ask_for_models(self) -> None:
        """Have `models` brought up to date, if a backend is there."""
        if self._is_greeted:
            self.send(Hello(f"krita-plugin {VERSION}"))

    def send(self, message: Message) -> None:
        """Send a message. Raises ConnectionLost when nobody is there to take it."""
        if self._connection is None:
            raise ConnectionLost("The SDEdit backend is not connected.")
        self._connection.send(message)

    def poll(self) -> list[Message]:
        """Bring the state up to date; return the messages that concern jobs."""
        if not self.has_processes or self._process is None:
            return []
        status = self._process.exit_status()
        if status is not None:
            self._has_ended(self._process, status)
            return []
        if self._connection is None:
            self._look_for_address(self._process)
            return []
        try:
            messages = self._connection.receive()
            self._watch(self._connection)
        except ConnectionLost:
            return []  # between two looks; the next one says so in its own words
        except ProtocolError as error:
            self._give_up(BackendState.BROKEN, error)
            return []
        for message in messages:
            self._heard(message)
        return [item for item in messages if not isinstance(item, (Welcome, Status))]

    def stop(self) -> None:
        """End the backend with Krita; takes less than half a second."""
        self._close_connection()
        if self._process is not None:
            self._process.stop()
        self._rest()

    def kill(self) -> None:
        """End a backend that is of no use, without waiting for its consent."""
        self._close_connection()
        if self._process is not None:
            self._process.kill()
        self._rest()

    def _rest(self) -> None:
        if self._process is not None:
            self._ending.append(self._process)
            self._process = None
        if self.state is not BackendState.UNUSABLE:
            self.state, self.problem = BackendState.STOPPED, None

    def _look_for_address(self, process: BackendProcess) -> None:
        assert isinstance(self._installation, Installation)
        address = process.address()
        if address is None:
            self._check_start_time()
            return
        try:
            self._connection = self._connect(address, self._installation.keys)
        except SDEditError as error:
            self._give_up(BackendState.BROKEN, error)
            return
        self._is_greeted = False
        self._oldest_unanswered_at = None
        self.state = BackendState.CONNECTING

    def _watch(self, connection: Connection) -> None:
        connection.watch()
        if connection.refused:
            self._give_up(BackendState.BROKEN, KEY_REFUSED)
        elif not connection.is_connected:
            self._is_greeted = False
            if self._has_answered:
                self.state = BackendState.SILENT
            else:
                self._check_start_time()
        elif not self._is_greeted:
            connection.send(Hello(f"krita-plugin {VERSION}"))
            self._is_greeted = True
            self._oldest_unanswered_at = None
            self._ping(connection)
        else:
            self._check_silence(connection)

    def _check_silence(self, connection: Connection) -> None:
        now = self._clock()
        unanswered = self._oldest_unanswered_at
        if unanswered is not None and now - unanswered > TIMEOUTS.silent_s:
            if self._has_answered:
                self.state = BackendState.SILENT
            else:
                self._check_start_time()
        if now - self._pinged_at >= TIMEOUTS.ping_s:
            self._ping(connection)

    def _ping(self, connection: Connection) -> None:
        self._pings += 1
        self._pinged_at = self._clock()
        if self._oldest_unanswered_at is None:
            self._oldest_unanswered_at = self._pinged_at
        connection.send(Ping(self._pings))

    def _heard(self, message: Message) -> None:
        self._has_answered = True
        self._oldest_unanswered_at = None
        if isinstance(message, Welcome):
            self.models = message.models
        if isinstance(message, Status):
            self.sentence, self.device, self.problem = message.sentence, message.device, None
            if message.state == "broken":
                self._give_up(BackendState.BROKEN, SDEditError(message.sentence))
            elif message.state == "loading":
                self.state = BackendState.LOADING
            else:
                self.state = BackendState.READY
        elif isinstance(message, Progress) and self.takes_jobs:
            self.state = BackendState.READY  # a worker is at work, whatever the last Status said
        elif isinstance(message, Progress):
            self.state = BackendState.READY  # what it does tells more than its last status
        elif self.state in (BackendState.CONNECTING, BackendState.SILENT):
            self.state = BackendState.LOADING  # the answer to the ping will tell more

    def _check_start_time(self) -> None:
        if self._clock() - self._started_at > TIMEOUTS.start_s:
            self._give_up(BackendState.BROKEN, TOO_SLOW)

    def _has_ended(self, process: BackendProcess, status: int) -> None:
        words = process.last_words()
        log.warning("The backend ended with status %d: %s", status, words)
        self.kill()
        self.died_at_work = self._has_answered
        if self.died_at_work:
            problem = BackendEnded(
                "The SDEdit backend stopped unexpectedly.",
                "Your document is untouched; Generate starts the backend again.",
            )
        else:
            hint = f"It said: {words}" if words else f"It ended with status {status}."
            problem = BackendEnded("The SDEdit backend could not start.", hint)
        self._give_up(BackendState.STOPPED, problem)

    def _give_up(self, state: BackendState, problem: SDEditError) -> None:
        self.state, self.problem = state, problem

    def _close_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
