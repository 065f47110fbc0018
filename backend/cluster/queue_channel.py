"""A worker's channel inside an actor: Ray's calls put messages in and take them out."""

from __future__ import annotations

from queue import Empty, SimpleQueue

from protocol.messages import Message


class QueueChannel:
    """Between the thread that works and those of the actor's methods."""

    def __init__(self) -> None:
        self.inbox: SimpleQueue[Message] = SimpleQueue()
        self.outbox: SimpleQueue[Message] = SimpleQueue()

    def send(self, message: Message) -> None:
        self.outbox.put(message)

    def receive(self) -> Message | None:
        try:
            return self.inbox.get_nowait()
        except Empty:
            return None

    def wait(self) -> Message:
        return self.inbox.get()
