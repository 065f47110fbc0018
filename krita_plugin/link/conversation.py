"""A connection at work: the backend is greeted, asked each second whether it lives, given jobs."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Callable, Protocol

from ..protocol import VERSION
from ..protocol.errors import ConnectionLost
from ..protocol.limits import TIMEOUTS
from ..protocol.messages import FINAL, JOBS, Cancel, Hello, Message, Ping


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
"""``connect(where, folder of the keys)``: an address of this machine, or the name of a backend on
another one. Raises SDEditError."""


class Conversation:
    """One connection, through all the times that ZeroMQ makes it anew."""

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock
        self._is_greeted = False
        self._pings = 0
        self._pinged_at = 0.0
        self._unanswered_since: float | None = None
        self.has_answered = False
        """Whether anything has ever been heard."""
        self.jobs: set[str] = set()
        """Sent and not yet answered."""

    @property
    def is_refused(self) -> bool:
        """Whether the backend does not accept our keys."""
        return self._connection.refused

    @property
    def is_silent(self) -> bool:
        """Whether nobody is at the other end, or has said anything for too long."""
        since = self._unanswered_since
        is_overdue = since is not None and self._clock() - since > TIMEOUTS.silent_s
        return is_overdue or not self._connection.is_connected

    def send(self, message: Message) -> None:
        """Raises ConnectionLost when nobody is there to take it."""
        self._connection.send(message)
        if isinstance(message, JOBS):
            self.jobs.add(message.job_id)

    def cancel(self, job_id: str) -> None:
        """Have a job stopped, for whose answer nobody waits any more."""
        self.jobs.discard(job_id)
        with contextlib.suppress(ConnectionLost):  # it never came to know of the job
            self._connection.send(Cancel(job_id))

    def greet(self) -> None:
        """Say hello, perhaps once more: the answer tells which models there are."""
        if self._is_greeted:
            self._connection.send(Hello(f"krita-plugin {VERSION}"))

    def receive(self) -> list[Message]:
        """What has been said. Raises ConnectionLost, ProtocolError."""
        messages = self._connection.receive()
        if messages:
            self.has_answered, self._unanswered_since = True, None
        self.jobs -= {message.job_id for message in messages if isinstance(message, FINAL)}
        return messages

    def watch(self) -> None:
        """Notice connections that come and go, and ask when it is time. Raises ConnectionLost."""
        self._connection.watch()
        if not self._connection.is_connected:
            self._is_greeted = False
        elif not self._is_greeted:
            self._is_greeted = True
            self.greet()
            self._unanswered_since = None  # what was asked over another connection
            self._ask()
        elif self._clock() - self._pinged_at >= TIMEOUTS.ping_s:
            self._ask()

    def close(self) -> None:
        """Close at once."""
        self._connection.close()

    def _ask(self) -> None:
        self._pings, self._pinged_at = self._pings + 1, self._clock()
        if self._unanswered_since is None:
            self._unanswered_since = self._pinged_at
        self._connection.send(Ping(self._pings))
