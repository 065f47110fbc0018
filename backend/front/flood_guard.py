"""Cuts off a client whose message never ends.

ZeroMQ bounds each frame of a message but not the message: its frames pile up until the last one
has come, and until then nobody here hears of them. The system, however, counts what arrives over a
connection: what has come since the last whole message is the beginning of the next one.

Only Linux tells, and only of TCP. Elsewhere nothing is guarded.
"""

from __future__ import annotations

import logging
import socket
import struct
import sys
import time

import zmq
from zmq.utils.monitor import recv_monitor_message

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.05
"""At a gigabyte a second, 50 MB more arrive between two looks."""
BYTES_RECEIVED = 128
"""Where ``struct tcp_info`` has tcpi_bytes_received, of 64 bits, since Linux 4.1."""


class FloodGuard:
    """Watches a ROUTER's connections: messages that are not whole may have ``most`` bytes in all.

    It belongs to the thread of that socket.
    """

    def __init__(self, router: zmq.Socket[bytes], most: int) -> None:
        self._router = router
        self._most = most
        self._whole: dict[int, int] = {}
        """Bytes received when a connection's last message was whole, by its descriptor."""
        self._looked = 0.0
        self._monitor: zmq.Socket[bytes] | None = None
        if sys.platform == "linux":
            events = zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED | zmq.EVENT_CLOSED
            self._monitor = router.get_monitor_socket(events)

    def is_whole(self, frame: zmq.Frame) -> None:
        """A message has come to its end; this is one of its frames."""
        if self._whole:
            descriptor = int(frame.get(zmq.SRCFD))
            if descriptor in self._whole:
                self._whole[descriptor] = _received(descriptor)

    def look(self) -> None:
        """While it is too much in all, cut off whoever has sent most."""
        now = time.monotonic()
        if self._monitor is None or now - self._looked < LOOK_EVERY_S:
            return
        self._looked = now
        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)
            if event["event"] == zmq.EVENT_ACCEPTED:
                self._whole[int(event["value"])] = 0
            else:
                self._whole.pop(int(event["value"]), None)
        begun = {descriptor: _received(descriptor) - end for descriptor, end in self._whole.items()}
        while sum(begun.values()) > self._most:
            descriptor = max(begun, key=begun.__getitem__)
            _cut(descriptor, begun.pop(descriptor))

    def close(self) -> None:
        if self._monitor is not None:
            self._router.disable_monitor()
            self._monitor.close(linger=0)


def _held(descriptor: int) -> socket.socket:
    """A descriptor of our own for the same connection: ZeroMQ may close its own at any time."""
    return socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM)


def _bytes_received(connection: socket.socket) -> int:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, BYTES_RECEIVED + 8)
    return int(struct.unpack_from("=Q", info, BYTES_RECEIVED)[0])


def _received(descriptor: int) -> int:
    """The bytes that have come over a connection; 0 when it is closed by now, or is not of TCP."""
    try:
        with _held(descriptor) as connection:
            return _bytes_received(connection)
    except (OSError, struct.error):
        return 0


def _cut(descriptor: int, begun: int) -> None:
    try:
        with _held(descriptor) as connection:
            if _bytes_received(connection) < begun:
                return  # another connection, which got the descriptor of one that has just closed
            host = connection.getpeername()[0]
            connection.shutdown(socket.SHUT_RDWR)
    except (OSError, struct.error):
        return  # it has just closed
    log.warning("Cut off a client at %s: its message has %.0f MB and no end.", host, begun / 1e6)
