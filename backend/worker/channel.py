"""How a worker hears of jobs and tells of them, whatever lies between it and the front."""

from __future__ import annotations

from typing import Protocol

from protocol.messages import Message


class Channel(Protocol):
    """For one thread; that of a process of ours is `link.Link`."""

    def send(self, message: Message) -> None:
        """Send, waiting for room."""

    def receive(self) -> Message | None:
        """The next message that has arrived, or None; never waits."""

    def wait(self) -> Message:
        """The next message, however long it takes."""
