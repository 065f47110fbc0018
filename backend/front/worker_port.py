"""The loopback ROUTER that our own workers connect to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import zmq

from protocol.errors import ProtocolError
from protocol.framing import decode, encode
from protocol.images import Buffer
from protocol.limits import LIMITS
from protocol.messages import Message

from .admission import Admission, IsAdmitted

DOMAIN = b"workers"
ANY_PORT = "tcp://127.0.0.1:*"


class WorkerPort:
    """Receives from and sends to workers, without waiting; its keys are made for this run."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        admission: Admission,
        is_admitted: IsAdmitted,
    ) -> None:
        public, secret = zmq.curve_keypair()
        self.public_key = public.decode()
        self.address = ""
        """Where workers connect to, once `bind` has been called."""
        socket = context.socket(zmq.ROUTER)
        socket.router_mandatory = True
        socket.linger = 0
        socket.maxmsgsize = LIMITS.frame_bytes
        # No heartbeats: a dead process closes its loopback connection at once, and a stopped
        # one is a matter for the watchdog, which knows whether the worker has a job.
        socket.zap_domain = DOMAIN
        socket.curve_server = True
        socket.curve_publickey, socket.curve_secretkey = public, secret
        admission.guard(DOMAIN, is_admitted)
        self.socket = socket

    def bind(self) -> None:
        self.socket.bind(ANY_PORT)
        self.address = self.socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def receive(self) -> Iterator[tuple[str, bytes, Message | ProtocolError]]:
        """What has arrived: the worker's public key, its routing id, and what it said."""
        for key, routing_id, frames in self.receive_frames():
            said: Message | ProtocolError
            try:
                said = decode(frames)
            except ProtocolError as error:
                said = error
            yield key, routing_id, said

    def receive_frames(self) -> Iterator[tuple[str, bytes, list[Buffer]]]:
        """The same, as it came."""
        while True:
            try:
                routing_id, *frames = self.socket.recv_multipart(flags=zmq.DONTWAIT, copy=False)
            except zmq.Again:
                return
            key = str(frames[0].get("User-Id"))
            yield key, routing_id.bytes, [frame.buffer for frame in frames]

    def send(self, routing_id: bytes, message: Message) -> None:
        """Raises zmq.ZMQError when that worker's connection has gone or is full."""
        self.send_frames(routing_id, encode(message))

    def send_frames(self, routing_id: bytes, frames: Sequence[Buffer]) -> None:
        """As `send` does."""
        self.socket.send_multipart([routing_id, *frames], flags=zmq.DONTWAIT, copy=False)

    def close(self) -> None:
        self.socket.close(linger=0)
