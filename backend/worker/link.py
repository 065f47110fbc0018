"""A worker's connection to the front. It imports no torch, so that it stands before torch loads.

The front writes one line of JSON to the worker's stdin, {address, server, public, secret}, and
holds the pipe open for as long as it lives.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass

import zmq

from protocol.framing import decode, encode
from protocol.limits import LIMITS, TIMEOUTS
from protocol.messages import Message, Progress


@dataclass(frozen=True)
class Way:
    """Where the front listens and the keys to speak to it (Z85 text)."""

    address: str
    server: str
    public: str
    secret: str

    def __repr__(self) -> str:
        return f"Way({self.address!r})"


def read_way(descriptor: int) -> Way:
    """Read the first line of stdin. Raises ValueError when it is not what the front writes."""
    line = b""
    # Byte by byte: what follows belongs to the lifeline.
    while not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            raise ValueError("stdin ended before the way to the front was read")
        line += byte
    try:
        return Way(**json.loads(line))
    except TypeError as error:
        raise ValueError("the way to the front has other fields than expected") from error


class Link:
    """A DEALER to the front, for one thread."""

    helpers = None
    """On one machine each device has its own jobs."""

    def __init__(self, way: Way) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        socket = self._context.socket(zmq.DEALER)
        # Last words ("torch is missing") still leave when the worker ends right after them.
        socket.linger = int(1000 * TIMEOUTS.stop_s)
        socket.maxmsgsize = LIMITS.frame_bytes
        socket.sndhwm = 8
        socket.curve_publickey = way.public.encode()
        socket.curve_secretkey = way.secret.encode()
        socket.curve_serverkey = way.server.encode()
        socket.connect(way.address)
        self._socket = socket

    def send(self, message: Message) -> None:
        """Send, waiting for room; only a progress is dropped instead, since newer ones come."""
        flags = zmq.DONTWAIT if isinstance(message, Progress) else 0
        with contextlib.suppress(zmq.Again):
            self._socket.send_multipart(encode(message), flags=flags, copy=False)

    def receive(self) -> Message | None:
        """The next message that has arrived, or None; never waits."""
        try:
            frames = self._socket.recv_multipart(flags=zmq.DONTWAIT, copy=False)
        except zmq.Again:
            return None
        return decode([frame.buffer for frame in frames])

    def wait(self) -> Message:
        """The next message, however long it takes: the lifeline ends a worker left alone."""
        while True:
            message = self.receive()
            if message is not None:
                return message
            self._socket.poll()

    def close(self) -> None:
        self._socket.close()
        self._context.term()
