"""A second client of the backend that the plugin has started, who takes the worker's time."""

from __future__ import annotations

import json
from pathlib import Path

import zmq

from protocol.bounds import Bounds
from protocol.client import Client
from protocol.images import Image, PixelFormat
from protocol.keys import load_client_keys
from protocol.messages import Accepted, Cancel, Cancelled, EditRequest, Hello, Message

PATIENCE_S = 20.0
JOB = "another"
SIDE_PX = 256
STEPS = 300
"""Far longer than any test waits."""


class AnotherArtist:
    """Connects when first needed; `leave` takes the job back, `hang_up` does not."""

    def __init__(self, prefix: Path) -> None:
        """``prefix``: the installation, with keys, and with the address of what runs there."""
        self._prefix = prefix
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._client: Client | None = None

    def keep_the_worker_busy(self) -> None:
        """Send a job and wait until it runs."""
        keys = load_client_keys(self._prefix / "keys")
        self._client = Client(address_of_backend(self._prefix), keys, self._context)
        self._client.wait_until_connected(PATIENCE_S)
        self._client.send(Hello("another artist"))
        bounds = Bounds(0, 0, SIDE_PX, SIDE_PX)
        guide = Image(bounds, PixelFormat(), b"\x80\x80\x80\xff" * (SIDE_PX * SIDE_PX))
        self._client.send(EditRequest(JOB, guide, SIDE_PX, SIDE_PX, steps=STEPS))
        while not any(map(_runs, self._client.wait(PATIENCE_S))):
            pass

    def leave(self) -> None:
        """Cancel, and hang up."""
        assert self._client is not None
        self._client.send(Cancel(JOB))
        while not any(isinstance(heard, Cancelled) for heard in self._client.wait(PATIENCE_S)):
            pass
        self.hang_up()

    def hang_up(self) -> None:
        """Ask nothing more of the backend, which may be gone."""
        if self._client is not None:
            self._client.close()
            self._client = None
        self._context.destroy(linger=0)


def address_of_backend(prefix: Path) -> str:
    """Where the one backend that runs there listens."""
    (ready,) = (prefix / "run").glob("krita-*.json")
    return str(json.loads(ready.read_text(encoding="utf-8"))["address"])


def _runs(message: Message) -> bool:
    return isinstance(message, Accepted) and message.position == 0
