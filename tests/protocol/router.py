"""A real CURVE ROUTER for the client to talk to, driven by the test's own thread."""

from __future__ import annotations

import time

import zmq

from protocol.framing import decode, encode

PATIENCE_S = 60.0
"""How long a test waits for what must happen; it never waits longer than needed."""


def until(is_so, *steps):
    """Take the steps again and again until it is so."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "what the test waits for did not happen"
        for step in steps:
            step()


class Router:
    """Binds at once; without ``admits`` it lets every client in that knows its public key."""

    def __init__(self, context, keys, address="tcp://127.0.0.1:*", admits=None):
        self._admits = admits
        self._zap = None
        if admits is not None:
            self._zap = context.socket(zmq.REP)
            self._zap.bind("inproc://zeromq.zap.01")
        self._socket = context.socket(zmq.ROUTER)
        self._socket.router_mandatory = True
        self._socket.curve_server = True
        self._socket.curve_publickey = keys.public.encode()
        self._socket.curve_secretkey = keys.secret.encode()
        self._socket.bind(address)
        self.address = self._socket.last_endpoint.decode()

    def answer_handshakes(self):
        """Let in or refuse who asks for it within the next moment."""
        if self._zap.poll(10):
            version, number, *_, key = self._zap.recv_multipart()
            is_admitted = zmq.utils.z85.encode(key).decode() in self._admits
            status = [b"200", b"OK"] if is_admitted else [b"400", b"No."]
            self._zap.send_multipart([version, number, *status, b"", b""])

    def receive(self):
        """The next message and who sent it."""
        assert self._socket.poll(1000 * PATIENCE_S), "nothing arrived"
        peer, *frames = self._socket.recv_multipart()
        return peer, decode(frames)

    def send(self, peer, message):
        self.send_frames(peer, encode(message))

    def send_frames(self, peer, frames):
        self._socket.send_multipart([peer, *frames])

    def close(self):
        self._socket.close(linger=0)
        if self._zap is not None:
            self._zap.close(linger=0)
