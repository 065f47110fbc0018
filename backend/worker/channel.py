"""How a worker hears of jobs and tells of them, whatever lies between it and the front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from protocol.messages import Message

if TYPE_CHECKING:  # They bring torch, which must not be waited for.
    from backend.models.tile_tasks import TileHelpers
    from backend.worker.tile_help import TileCall


class Channel(Protocol):
    """For one thread; that of a process of ours is `link.Link`."""

    @property
    def helpers(self) -> TileHelpers | None:
        """Who helps with the tiles of the job that was read last."""

    def send(self, message: Message) -> None:
        """Send, waiting for room."""

    def receive(self) -> Message | None:
        """The next message that has arrived, or None; never waits."""

    def wait(self) -> Message | TileCall:
        """The next message, or another worker's tile, however long it takes."""
