"""The ROUTER that clients connect to: admitted bytes in, messages out, nothing ever waits."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import zmq

from protocol.errors import ProtocolError
from protocol.framing import decode, encode, job_id_of
from protocol.keys import ServerKeys
from protocol.limits import LIMITS, TIMEOUTS, Limits
from protocol.messages import REVOKED, Failed, Message, Progress

from .admission import AuthorisedClients
from .doors import cannot_listen
from .flood_guard import FloodGuard

log = logging.getLogger(__name__)

DOMAIN = b"clients"
HWM = 8
"""Messages libzmq holds per client and direction. More only delays the answer "too much"."""
GIVEN_BY_US = b"\0"
"""How the ids begin that a ROUTER gives out, and no other can. One that a client chose could be
chosen again by another client later, who would then get the answers meant for the first."""
HELD_MOST = 256
"""Messages kept for a client that does not read; only a broken client gets there."""
NO_LONGER = Failed(
    "",
    REVOKED,
    "This backend does not let this machine in any more.",
    "Its permission was revoked there; 'sdedit keys new' begins another pairing.",
)


class Peer(NamedTuple):
    """One connection of one client. Nobody can take over either part of it."""

    routing_id: bytes
    key: str


@dataclass(frozen=True)
class Received:
    """What a peer sent: a message, or the error to tell it and the job it concerns, if any."""

    peer: Peer
    message: Message | None
    error: ProtocolError | None = None
    job_id: str = ""


class ClientPort:
    """Receives from and sends to all clients without waiting or copying pixels."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        keys: ServerKeys,
        clients: AuthorisedClients,
        limits: Limits = LIMITS,
    ) -> None:
        self._clients = clients
        self._held: dict[Peer, list[Message]] = {}
        self._lost: set[Peer] = set()
        self._revoked: set[Peer] = set()
        """Those that have been told so."""
        socket = context.socket(zmq.ROUTER)
        # Without MANDATORY a message to a client that has gone would vanish silently; without
        # HANDOVER 0 a client could take over another's routing id. All are read at bind.
        socket.router_mandatory = True
        socket.router_handover = False
        socket.linger = 0
        socket.sndhwm = socket.rcvhwm = HWM
        socket.maxmsgsize = limits.frame_bytes
        socket.handshake_ivl = int(1000 * TIMEOUTS.handshake_s)
        socket.heartbeat_ivl, socket.heartbeat_timeout, socket.heartbeat_ttl = 1000, 3000, 5000
        socket.zap_domain = DOMAIN
        socket.curve_server = True
        socket.curve_publickey = keys.public.encode()
        socket.curve_secretkey = keys.secret.encode()
        self.socket = socket
        self._guard = FloodGuard(socket, limits.unfinished_bytes)

    def bind(self, address: str) -> str:
        """Listen at ``address``; the address with its real port.

        Raises SDEditError when that is impossible.
        """
        try:
            self.socket.bind(address)
        except zmq.ZMQError as error:
            raise cannot_listen(address, zmq.strerror(error.errno or 0)) from error
        return self.socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def receive(self, most: int) -> Iterator[Received]:
        """Up to ``most`` waiting messages of admitted clients; libzmq takes peers in turn."""
        self._guard.look()
        for _ in range(most):
            try:
                routing_id, *frames = self.socket.recv_multipart(flags=zmq.DONTWAIT, copy=False)
            except zmq.Again:
                return
            self._guard.is_whole(routing_id)
            peer = Peer(routing_id.bytes, _user_id(frames))
            if not self._clients(peer.key):
                self._turn_away(peer)
                continue
            self._revoked.discard(peer)
            buffers = [frame.buffer for frame in frames]
            if not peer.routing_id.startswith(GIVEN_BY_US):
                error = ProtocolError("A client may not choose its own routing id.")
                yield Received(peer, None, error, job_id_of(buffers))
                continue
            try:
                yield Received(peer, decode(buffers))
            except ProtocolError as error:
                yield Received(peer, None, error, job_id_of(buffers))

    def send(self, peer: Peer, message: Message) -> None:
        """Send, or keep for `flush` when the peer does not read fast enough.

        Of kept messages of one kind about one job only the latest stays: a slow client gets
        the newest preview, not a film of the old ones.
        """
        if peer in self._lost or not self._clients(peer.key):
            return
        held = self._held.get(peer)
        if held is None:
            if not self._try(peer, message):
                self._held[peer] = [message]
            return
        subject = _subject(message)
        held[:] = [kept for kept in held if not _is_outdated(kept, message, subject)]
        if len(held) < HELD_MOST:
            held.append(message)
        else:
            log.warning("Dropped an answer to a client that does not read.")

    def flush(self) -> None:
        """Try again what could not be sent."""
        for peer in list(self._held):
            held = self._held.pop(peer)
            if not self._clients(peer.key):
                continue
            while held and self._try(peer, held[0]):
                held.pop(0)
            if held:
                self._held[peer] = held

    def is_behind(self, key: str) -> bool:
        """Whether something is kept for this client because it does not read fast enough."""
        return any(peer.key == key for peer in self._held)

    def lost(self) -> set[Peer]:
        """The peers found to have gone since the last call."""
        lost, self._lost = self._lost, set()
        return lost

    def forget(self, peer: Peer) -> None:
        """Drop what is kept for a peer."""
        self._held.pop(peer, None)
        self._revoked.discard(peer)

    def close(self) -> None:
        self._guard.close()
        self.socket.close(linger=0)

    def _turn_away(self, peer: Peer) -> None:
        """Drop what a client says; if its key was revoked meanwhile, it is told so once."""
        self._held.pop(peer, None)
        if self._clients.can_be_read and peer not in self._revoked:
            log.warning("From now on what a client says is dropped, for its key was revoked.")
            self._revoked.add(peer)
            self._try(peer, NO_LONGER)

    def _try(self, peer: Peer, message: Message) -> bool:
        """Whether the message is dealt with: sent, or the peer has gone for ever."""
        frames = [peer.routing_id, *encode(message)]
        try:
            self.socket.send_multipart(frames, flags=zmq.DONTWAIT, copy=False)
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            self._lost.add(peer)
        return True


def _user_id(frames: list[zmq.Frame]) -> str:
    try:
        return str(frames[0].get("User-Id"))
    except (IndexError, zmq.ZMQError):
        return ""


def _subject(message: Message) -> tuple[type, str]:
    return type(message), getattr(message, "job_id", "")


def _is_outdated(kept: Message, newer: Message, subject: tuple[type, str]) -> bool:
    return _subject(kept) == subject or (
        isinstance(kept, Progress) and subject[1] == kept.job_id and not isinstance(newer, Progress)
    )
