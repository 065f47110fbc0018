"""A worker's channel inside an actor: Ray's calls put messages in and take them out."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from protocol.messages import Message

if TYPE_CHECKING:
    from backend.models.tile_tasks import TileHelpers
    from backend.worker.tile_help import TileCall


class QueueChannel:
    """Between the thread that works and those of the actor's methods."""

    def __init__(self) -> None:
        self.inbox: SimpleQueue[Message | TileCall] = SimpleQueue()
        self.outbox: SimpleQueue[Message] = SimpleQueue()
        self.helpers: TileHelpers | None = None

    def send(self, message: Message) -> None:
        self.outbox.put(message)

    def receive(self) -> Message | None:
        """In the middle of a job: who wants help now does not get it."""
        while True:
            try:
                said = self.inbox.get_nowait()
            except Empty:
                return None
            if isinstance(said, Message):
                return said
            said.answer(None)

    def wait(self) -> Message | TileCall:
        return self.inbox.get()
