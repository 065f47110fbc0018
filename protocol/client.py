"""One client's connection to the front: a DEALER that never blocks.

The owner waits on `fileno()` or on a timer and then drains `receive()`. `watch()` turns the
socket's own events into words. Programs without an event loop use the two `wait` methods.

A job once sent is this client's to see through: over each new connection, and to a
backend started anew (`move_to`), it is sent again until its final answer has come. Of each job
`receive` gives one final answer, and acknowledges it.
"""

from __future__ import annotations

import time

import zmq
from zmq.utils.monitor import recv_monitor_message

from .errors import ConnectionLost, InvalidValue, ProtocolError
from .framing import decode, encode
from .keys import ClientKeys
from .limits import LIMITS, TIMEOUTS
from .messages import FINAL, JOBS, Acknowledge, Cancel, Message
from .open_jobs import OpenJobs
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
        self._context = context or zmq.Context.instance()
        self._jobs = OpenJobs()
        self._to_send: list[Message] = []
        """What goes out by itself as soon as it can: acknowledgements, and jobs once more."""
        self._arrived: list[Message] = []
        self._retry_at: float | None = None
        self._connect(address, keys)

    def move_to(self, address: str, keys: ClientKeys) -> None:
        """Connect to another backend, and send it all jobs that are not answered yet.

        Raises InvalidValue for an address that cannot be one. `fileno()` is another then.
        """
        self.close()
        self._connect(address, keys)

    def fileno(self) -> int:
        """The descriptor that becomes readable when there may be something to receive.

        It tells of changes only, and any call here may take the change up: drain `receive()`
        when it becomes readable and also after every `send()`.
        """
        return int(self._socket.getsockopt(zmq.FD))

    def send(self, message: Message) -> None:
        """Hand a message to ZeroMQ. Raises ConnectionLost when nobody is connected.

        Only the Cancel of a job that is open can wait for the next connection.
        """
        self.watch()
        is_noted = isinstance(message, Cancel) and self._jobs.cancel(message.job_id)
        if self._try(message):
            if isinstance(message, JOBS):
                self._jobs.asked(message)
        elif is_noted:
            self._to_send.append(message)
        else:
            raise ConnectionLost(
                "The SDEdit backend is not connected.", "Wait a moment, then try again."
            )

    def receive(self) -> list[Message]:
        """All messages that have arrived, without those about jobs already answered.

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
                self._hear(decode([frame.buffer for frame in frames]))
            except ProtocolError as this:
                error = error or this
        self._send_waiting()
        if error is not None:
            raise error
        arrived, self._arrived = self._arrived, []
        return arrived

    def watch(self) -> None:
        """Bring `is_connected` and `refused` up to date from the socket's own events.

        Call it now and then: what has to be sent again is sent here.
        """
        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)
            self._note(int(event["event"]), int(event["value"]))
        if self._retry_at is not None and time.monotonic() >= self._retry_at:
            self._retry_at = None
            self._socket.disconnect(self.address)
            self._socket.connect(self.address)
        self._send_waiting()

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

    def _connect(self, address: str, keys: ClientKeys) -> None:
        self.address = address
        self.is_connected = False
        self.refused = False
        """Whether whoever listens at the address does not accept this client's keys."""
        self._cut_off = 0
        self._retry_at = None
        self._socket: zmq.Socket[bytes] = _make_socket(self._context, keys)
        self._monitor: zmq.Socket[bytes] = self._socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED
            | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
            | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
            | zmq.EVENT_HANDSHAKE_FAILED_AUTH
            | zmq.EVENT_DISCONNECTED
            | zmq.EVENT_CLOSED
        )
        try:
            self._socket.connect(address)
        except zmq.ZMQError as error:
            self.close()
            raise InvalidValue(
                f"The backend's address is {shown(address)}; "
                "it must be one like tcp://127.0.0.1:5555."
            ) from error

    def _hear(self, message: Message) -> None:
        heard = self._jobs.heard(message)
        if isinstance(message, FINAL) and message.job_id:
            self._to_send.append(Acknowledge(message.job_id))
        if heard is not None:
            self._arrived.append(heard)

    def _send_waiting(self) -> None:
        while self._to_send and self._try(self._to_send[0]):
            del self._to_send[0]

    def _try(self, message: Message) -> bool:
        """Whether ZeroMQ has taken the message for a connection that is there."""
        frames = encode(message)
        # ZeroMQ may still accept a message for a connection that it already knows to be gone,
        # and not yet accept one for a connection just made, unless it is asked for its state.
        if not self.is_connected or not self._socket.poll(0, zmq.POLLOUT):
            return False
        try:
            self._socket.send_multipart(frames, flags=zmq.DONTWAIT, copy=False)
        except zmq.Again:
            return False
        return True

    def _note(self, event: int, value: int) -> None:
        if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self.is_connected, self.refused, self._cut_off = True, False, 0
            # What was sent over the last connection may have been lost with it.
            acknowledged = [said for said in self._to_send if isinstance(said, Acknowledge)]
            self._to_send = [*acknowledged, *self._jobs.to_repeat()]
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
        if self._to_send and self.is_connected:
            poller.register(self._socket, zmq.POLLIN | zmq.POLLOUT)
        poller.poll(_ms(left) + 1)


def _make_socket(context: zmq.Context[zmq.Socket[bytes]], keys: ClientKeys) -> zmq.Socket[bytes]:
    socket = context.socket(zmq.DEALER)
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
    return socket


def _ms(seconds: float) -> int:
    return int(1000 * seconds)
