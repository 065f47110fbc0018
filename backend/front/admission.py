"""Who may connect: the ZAP handler (rfc.zeromq.org/spec/27) that libzmq asks about every peer.

Without a handler any CURVE key is let in, and a socket that has one still keeps its open
connections when a key is revoked. So the same question is asked twice: here for a handshake, and
by the receiving side for every message, about the User-Id (the peer's public key) it came with.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import zmq
from zmq.utils import z85

from protocol.errors import KeyFileError
from protocol.keys import load_server_keys

log = logging.getLogger(__name__)

IsAdmitted = Callable[[str], bool]
"""Whether the holder of this public key (Z85 text) may speak."""

ZAP_VERSION = b"1.0"


class Admission:
    """Answers libzmq's question for each handshake, by domain; CURVE is the only mechanism."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self._domains: dict[bytes, IsAdmitted] = {}
        self.socket = context.socket(zmq.REP)
        self.socket.linger = 0
        self.socket.bind("inproc://zeromq.zap.01")

    def guard(self, domain: bytes, is_admitted: IsAdmitted) -> None:
        """Let ``is_admitted`` decide for the sockets with this ``zap_domain``."""
        self._domains[domain] = is_admitted

    def answer(self) -> None:
        """Answer all handshakes that wait."""
        while True:
            try:
                request = self.socket.recv_multipart(flags=zmq.DONTWAIT)
            except zmq.Again:
                return
            # Frames: version, request id, domain, address, routing id, mechanism, credentials…
            request_id = request[1] if len(request) > 1 else b""
            user = self._admitted_user(request)
            verdict = [b"200", b"OK"] if user else [b"400", b"This key is not admitted."]
            if not user:
                address = request[3] if len(request) > 3 else b"?"
                log.warning("Refused a connection from %s.", address.decode("ascii", "replace"))
            self.socket.send_multipart([ZAP_VERSION, request_id, *verdict, user, b""])

    def close(self) -> None:
        self.socket.close(linger=0)

    def _admitted_user(self, request: list[bytes]) -> bytes:
        """The public key of a peer to let in, else nothing."""
        if len(request) != 7 or request[0] != ZAP_VERSION or request[5] != b"CURVE":
            return b""
        is_admitted = self._domains.get(request[2])
        if is_admitted is None or len(request[6]) != 32:
            return b""
        key = z85.encode(request[6])
        return key if is_admitted(key.decode("ascii")) else b""


class AuthorisedClients:
    """The live list of client keys: authorised.json, read again whenever the key files change.

    When the file can no longer be read, nobody is admitted until it can.
    """

    def __init__(self, keys_folder: Path) -> None:
        self._folder = keys_folder
        self._keys: frozenset[str] = frozenset()
        self.can_be_read = True
        """False while nobody is admitted for the file's sake: then no one has been revoked."""
        self._seen: list[tuple[int, ...]] = []

    def __call__(self, key: str) -> bool:
        """Whether this public key may speak now."""
        self._refresh()
        return key in self._keys

    def _refresh(self) -> None:
        seen = self._signature()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._keys = frozenset(load_server_keys(self._folder).authorised.values())
            self.can_be_read = True
        except KeyFileError as error:
            self._keys = frozenset()
            self.can_be_read = False
            log.error("Nobody can connect now: %s", error)

    def _signature(self) -> list[tuple[int, ...]]:
        """What changes with the files and with who may open them.

        A replaced file has another inode even in the same tick; a chmod moves only the ctime.
        """
        paths = (self._folder, self._folder / "server.json", self._folder / "authorised.json")
        try:
            stats = [path.stat() for path in paths]
        except OSError:
            return []
        return [(stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_size) for stat in stats]
