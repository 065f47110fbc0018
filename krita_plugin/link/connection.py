"""The connection to the backend inside Krita's own event loop, without a thread."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import zmq

from ..protocol.client import Client
from ..protocol.messages import Message
from ..protocol.pairing import find_backend
from ..qt import QtCore


class QtConnection:
    """A `Client` that calls ``on_readable`` as soon as something may have arrived.

    ZeroMQ's descriptor tells of changes only, and sending may swallow one: so there is another
    look after each send, and the owner must take all there is whenever it is called.
    """

    def __init__(self, where: str, keys: Path, on_readable: Callable[[], None]) -> None:
        """Connect to an address of this machine, or to the backend of this name on another one,
        with the keys in the folder ``keys``. Raises SDEditError."""
        backend = find_backend(keys, where)
        self._on_readable = on_readable
        self._is_closed = False
        # Our own: the shared one may be ended by another plugin of this Krita.
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._client = Client(backend.address, backend.keys, self._context)
        self._notifier = QtCore.QSocketNotifier(
            self._client.fileno(),
            QtCore.QSocketNotifier.Type.Read,
            QtCore.QCoreApplication.instance(),
        )
        self._notifier.activated.connect(self._readable)

    @property
    def is_connected(self) -> bool:
        return self._client.is_connected

    @property
    def refused(self) -> bool:
        return self._client.refused

    def send(self, message: Message) -> None:
        self._client.send(message)
        QtCore.QTimer.singleShot(0, self._readable)

    def receive(self) -> list[Message]:
        return self._client.receive()

    def watch(self) -> None:
        self._client.watch()

    def close(self) -> None:
        """Close at once. What is still to be sent is dropped."""
        self._notifier.setEnabled(False)
        # Later: this may be happening inside the notifier's own signal.
        self._notifier.deleteLater()
        self._is_closed = True
        self._client.close()
        self._context.destroy(linger=0)

    def _readable(self, *_: object) -> None:
        if not self._is_closed:
            self._on_readable()
