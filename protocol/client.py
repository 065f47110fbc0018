"""One client's connection to the front: a DEALER that never blocks.

The owner waits on `fileno()` or on a timer and then drains `receive()`. `watch()` turns the
socket's own events into words. Programs without an event loop use the two `wait` methods.
"""

from __future__ import annotations

import time

import zmq
from zmq.utils.monitor import recv_monitor_message

from .errors import ConnectionLost, InvalidValue, ProtocolError
from .framing import decode, encode
from .keys import ClientKeys
from .limits import LIMITS, TIMEOUTS
from .messages import Message
from .sentences import shown

PENDING = 64
"""Messages waiting to be sent or read on a connection; a send beyond that is refused."""

CUT_OFF_MOST = 3
"""Handshakes cut off without a reason, after which the keys are taken to be that reason.

A backend that cannot read this client's first words closes the connection; one that dies in the
middle of a handshake looks the same, but only once.
"""


class Client:
    """A connection that is made, kept and remade by ZeroMQ in its own thread.

    Use it from one thread only. It never waits, unless asked to: `send` refuses instead,
    `receive` returns what is there. Raises InvalidValue for an address that cannot be one.
    """

    def __init__(
        self,
        address: str,
        keys: ClientKeys,
        context: zmq.Context[zmq.Socket[bytes]] | None = None,
    ) -> None:
        self.address = address
        self.is_connected = False
        self.refused = False
        """Whether whoever listens at the address does not accept this client's keys."""
        self._cut_off = 0
        self._retry_at: float | None = None
        self._arrived: list[Message] = []
        self._context = context or zmq.Context.instance()
        socket = self._context.socket(zmq.DEALER)
        socket.linger = 0
        socket.sndhwm = socket.rcvhwm = PENDING
        socket.maxmsgsize = LIMITS.frame_bytes
        # With IMMEDIATE a message is never queued for a backend that is not there.
        socket.immediate = 1
        socket.reconnect_ivl = _ms(TIMEOUTS.reconnect_first_s)
        socket.reconnect_ivl_max = _ms(TIMEOUTS.reconnect_most_s)
        socket.handshake_ivl = _ms(TIMEOUTS.handshake_s)
        socket.heartbeat_ivl = _ms(TIMEOUTS.heartbeat_s)
        socket.heartbeat_timeout = _ms(TIMEOUTS.heartbeat_silent_s)
        socket.heartbeat_ttl = _ms(TIMEOUTS.heartbeat_peer_s)
        socket.curve_publickey = keys.public.encode()
        socket.curve_secretkey = keys.secret.encode()
        socket.curve_serverkey = keys.server_public.encode()
        self._socket = socket
        self._monitor = socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED
            | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
            | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
            | zmq.EVENT_HANDSHAKE_FAILED_AUTH
            | zmq.EVENT_DISCONNECTED
            | zmq.EVENT_CLOSED
        )
        try:
            socket.connect(address)
        except zmq.ZMQError as error:
            self.close()
            raise InvalidValue(
                f"The backend's address is {shown(address)}; "
                "it must be one like tcp://127.0.0.1:5555."
            ) from error

    def fileno(self) -> int:
        """The descriptor that becomes readable when there may be something to receive.

        It tells of changes only, and any call here may take the change up: drain `receive()`
        when it becomes readable and also after every `send()`.
        """
        return int(self._socket.getsockopt(zmq.FD))

    def send(self, message: Message) -> None:
        """Hand a message to ZeroMQ. Raises ConnectionLost when nobody is connected."""
        frames = encode(message)
        # ZeroMQ may still accept a message for a connection that it already knows to be gone,
        # and not yet accept one for a connection just made, unless it is asked for its state.
        self.watch()
        lost = ConnectionLost(
            "The SDEdit backend is not connected.", "Wait a moment, then try again."
        )
        if not self.is_connected or not self._socket.poll(0, zmq.POLLOUT):
            raise lost
        try:
            self._socket.send_multipart(frames, flags=zmq.DONTWAIT, copy=False)
        except zmq.Again as error:
            raise lost from error

    def receive(self) -> list[Message]:
        """All messages that have arrived.

        Raises ProtocolError for bytes that are none; the messages around them come with the
        next call.
        """
        error: ProtocolError | None = None
        while True:
            try:
                frames = self._socket.recv_multipart(flags=zmq.DONTWAIT, copy=False)
            except zmq.Again:
                break
            try:
                self._arrived.append(decode([frame.buffer for frame in frames]))
            except ProtocolError as this:
                error = error or this
        if error is not None:
            raise error
        arrived, self._arrived = self._arrived, []
        return arrived

    def watch(self) -> None:
        """Bring `is_connected` and `refused` up to date from the socket's own events."""
        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)
            self._note(int(event["event"]), int(event["value"]))
        if self._retry_at is not None and time.monotonic() >= self._retry_at:
            self._retry_at = None
            self._socket.disconnect(self.address)
            self._socket.connect(self.address)

    def wait_until_connected(self, timeout_s: float) -> None:
        """Wait for the connection.

        Raises ConnectionLost when it is refused, and after ``timeout_s``.
        """
        end = time.monotonic() + timeout_s
        self.watch()
        while not self.is_connected:
            self._wait_for([self._monitor], end, timeout_s)
            self.watch()

    def wait(self, timeout_s: float) -> list[Message]:
        """Wait for messages.

        Raises ConnectionLost when the connection is refused, and after ``timeout_s`` without any.
        """
        end = time.monotonic() + timeout_s
        while True:
            messages = self.receive()
            if messages:
                return messages
            self.watch()
            self._wait_for([self._socket, self._monitor], end, timeout_s)

    def close(self) -> None:
        """Close at once; what was not yet sent is dropped."""
        if self._socket.closed:
            return
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._socket.close(linger=0)

    def _note(self, event: int, value: int) -> None:
        if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self.is_connected, self.refused, self._cut_off = True, False, 0
            return
        self.is_connected = False
        if event == zmq.EVENT_CLOSED:  # nobody listens there
            self.refused, self._cut_off = False, 0
        elif event == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            if value != zmq.EAGAIN:  # which is only a slow answer
                self._cut_off += 1
            self.refused = self._cut_off >= CUT_OFF_MOST
        elif event != zmq.EVENT_DISCONNECTED:
            # After a plain refusal ZeroMQ never tries again; the backend may change its mind.
            self.refused = True
            self._retry_at = time.monotonic() + TIMEOUTS.reconnect_most_s

    def _wait_for(self, sockets: list[zmq.Socket[bytes]], end: float, timeout_s: float) -> None:
        if self.refused:
            raise ConnectionLost(
                "The SDEdit backend refused this client's key.",
                "Run 'sdedit doctor' to see which keys do not match.",
            )
        left = end - time.monotonic()
        if left <= 0:
            raise ConnectionLost(
                f"The SDEdit backend did not answer within {timeout_s:g} s.",
                "Run 'sdedit doctor' to see why.",
            )
        poller = zmq.Poller()
        for socket in sockets:
            poller.register(socket, zmq.POLLIN)
        poller.poll(_ms(left) + 1)


def _ms(seconds: float) -> int:
    return int(1000 * seconds)
