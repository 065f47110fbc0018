"""The front's door alone, in the test's own thread: it counts every message that comes through."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType

import zmq

from backend.front.admission import Admission, AuthorisedClients
from backend.front.client_port import DOMAIN, ClientPort, Received
from protocol.keys import ClientKeys, load_client_keys, load_server_keys, make_keys
from protocol.limits import LIMITS, Limits

PATIENCE_S = 60.0


class Door:
    """A ClientPort with its admission, as `Front` puts them together."""

    def __init__(self, keys: Path, limits: Limits = LIMITS) -> None:
        make_keys(keys)
        self.folder = keys
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._contexts: list[zmq.Context[zmq.Socket[bytes]]] = []
        self._sockets: list[zmq.Socket[bytes]] = []
        self._admission = Admission(self._context)
        is_admitted = AuthorisedClients(keys)
        self.port = ClientPort(self._context, load_server_keys(keys), is_admitted, limits)
        self._admission.guard(DOMAIN, is_admitted)
        self.address = self.port.bind("tcp://127.0.0.1:*")

    def __enter__(self) -> Door:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for socket in self._sockets:
            socket.close(linger=0)
        for context in self._contexts:
            context.term()
        self.port.close()
        self._admission.close()
        self._context.term()

    def keys(self) -> ClientKeys:
        """Those of this machine's own client."""
        return load_client_keys(self.folder)

    def dealer(self, keys: ClientKeys | None, address: str = "") -> zmq.Socket[bytes]:
        """A bare client, connecting; without ``keys`` it has no security of its own."""
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        socket = context.socket(zmq.DEALER)
        socket.linger = 0
        if keys is not None:
            socket.curve_publickey = keys.public.encode()
            socket.curve_secretkey = keys.secret.encode()
            socket.curve_serverkey = keys.server_public.encode()
        socket.connect(address or self.address)
        self._contexts.append(context)
        self._sockets.append(socket)
        return socket

    def let_in(self, seconds: float, at_most: int | None = None) -> list[Received]:
        """What comes through in this time, or until it is as many as ``at_most``."""
        poller = zmq.Poller()
        poller.register(self._admission.socket, zmq.POLLIN)
        poller.register(self.port.socket, zmq.POLLIN)
        received: list[Received] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end and (at_most is None or len(received) < at_most):
            poller.poll(10)
            self._admission.answer()
            received += self.port.receive(32)
        return received
