"""Whoever has no key gets no message through the front's door: not one, counted behind it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from protocol.framing import decode, encode
from protocol.keys import ClientKeys, allow, revoke
from protocol.messages import REVOKED, Failed, Hello, Ping, Welcome
from tests.backend.front.door import PATIENCE_S, Door
from tests.backend.front.running_front import edit_request

LONG_ENOUGH_S = 0.5
"""An admitted client's message comes within milliseconds."""


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with Door(tmp_path / "keys") as door:
        yield door


def new_pair() -> tuple[str, str]:
    public, secret = zmq.curve_keypair()
    return public.decode(), secret.decode()


def say_everything(dealer: zmq.Socket[bytes]) -> None:
    for message in (Hello("intruder"), Ping(1), edit_request()):
        dealer.send_multipart(encode(message))


def intruder(door: Door, kind: str) -> zmq.Socket[bytes]:
    mine = door.keys()
    if kind == "no security at all":
        return door.dealer(None)
    if kind == "a user name and a password":
        dealer = door.dealer(None, "tcp://127.0.0.1:1")
        dealer.disconnect("tcp://127.0.0.1:1")
        dealer.plain_username, dealer.plain_password = b"this machine", b"secret"
        dealer.connect(door.address)
        return dealer
    keys = {
        "the wrong server key": ClientKeys(mine.public, mine.secret, new_pair()[0]),
        "an unknown key": ClientKeys(*new_pair(), mine.server_public),
        "a public key without its secret": ClientKeys(
            mine.public, new_pair()[1], mine.server_public
        ),
        "the backend's own public key": ClientKeys(
            mine.server_public, new_pair()[1], mine.server_public
        ),
    }
    if kind == "a revoked key":
        keys[kind] = ClientKeys(*new_pair(), mine.server_public)
        allow(door.folder, "laptop", keys[kind].public)
        revoke(door.folder, "laptop")
    return door.dealer(keys[kind])


@pytest.mark.parametrize(
    "kind",
    [
        "no security at all",
        "a user name and a password",
        "the wrong server key",
        "an unknown key",
        "a public key without its secret",
        "the backend's own public key",
        "a revoked key",
    ],
)
def test_no_message_gets_in_with(door: Door, kind: str) -> None:
    say_everything(intruder(door, kind))
    assert door.let_in(LONG_ENOUGH_S) == []


def test_every_message_gets_in_with_the_right_key(door: Door) -> None:
    say_everything(door.dealer(door.keys()))
    assert len(door.let_in(PATIENCE_S, at_most=3)) == 3


def test_no_message_gets_in_over_a_connection_whose_key_was_revoked(door: Door) -> None:
    keys = ClientKeys(*new_pair(), door.keys().server_public)
    allow(door.folder, "laptop", keys.public)
    dealer = door.dealer(keys)
    say_everything(dealer)
    assert len(door.let_in(PATIENCE_S, at_most=3)) == 3
    revoke(door.folder, "laptop")
    for _ in range(3):
        say_everything(dealer)
    assert door.let_in(LONG_ENOUGH_S) == []
    allow(door.folder, "laptop", keys.public)
    say_everything(dealer)
    assert len(door.let_in(PATIENCE_S, at_most=3)) == 3


def test_a_client_whose_key_was_revoked_is_told_once_and_then_nothing(door: Door) -> None:
    keys = ClientKeys(*new_pair(), door.keys().server_public)
    allow(door.folder, "laptop", keys.public)
    dealer = door.dealer(keys)
    say_everything(dealer)
    (peer,) = {received.peer for received in door.let_in(PATIENCE_S, at_most=3)}
    revoke(door.folder, "laptop")
    for _ in range(3):
        say_everything(dealer)
    assert door.let_in(LONG_ENOUGH_S) == []
    door.port.send(peer, Welcome("a secret"))
    told = decode(dealer.recv_multipart(flags=zmq.DONTWAIT))
    assert isinstance(told, Failed)
    assert (told.job_id, told.code) == ("", REVOKED)
    assert not dealer.poll(1000 * LONG_ENOUGH_S), "neither a second time nor anything else"


OLD_PROTOCOLS = {
    # An identity of no bytes, then messages of one frame: long before there was any security.
    "ZMTP 1.0": b"\x01\x00" + b"\x02\x00x" * 3,
    # Signature, revision 1, DEALER, an identity of no bytes, messages.
    "ZMTP 2.0": b"\xff" + bytes(8) + b"\x7f\x01\x05" + b"\x00\x00" + b"\x00\x01x" * 3,
    "ZMTP 3.0 with NULL": (
        b"\xff"
        + bytes(8)
        + b"\x7f\x03\x00NULL"
        + bytes(16)
        + bytes(32)
        # READY with Socket-Type DEALER
        + b"\x04\x1a\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"
        + b"\x00\x01x" * 3
    ),
    "no protocol": b"GET / HTTP/1.1\r\nHost: studio\r\n\r\n",
    "zeros": bytes(4096),
}


@pytest.mark.parametrize("spoken", OLD_PROTOCOLS.values(), ids=OLD_PROTOCOLS.keys())
def test_no_message_gets_in_by_speaking(door: Door, spoken: bytes) -> None:
    with connected(door) as intruder:
        intruder.sendall(spoken)
        assert door.let_in(LONG_ENOUGH_S) == []


class Eavesdropper(threading.Thread):
    """A relay to the door that keeps, piece by piece, what a client says."""

    def __init__(self, door: Door) -> None:
        super().__init__()
        self._door = door
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._listening.getsockname()[1]}"
        self.heard: list[bytes] = []
        self.to_door: socket.socket | None = None

    def run(self) -> None:
        client, _ = self._listening.accept()
        with client, connected(self._door) as self.to_door:
            answers = threading.Thread(target=self._relay, args=(self.to_door, client))
            answers.start()
            self._relay(client, self.to_door, self.heard)
            answers.join()
        self._listening.close()

    def _relay(
        self, source: socket.socket, target: socket.socket, heard: list[bytes] | None = None
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(1 << 16):
                if heard is not None:
                    heard.append(piece)
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)


def connected(door: Door) -> socket.socket:
    host, port = door.address.removeprefix("tcp://").split(":")
    return socket.create_connection((host, int(port)))


def overheard(door: Door) -> Eavesdropper:
    """A whole session of an admitted client, which has said three things."""
    eavesdropper = Eavesdropper(door)
    eavesdropper.start()
    dealer = door.dealer(door.keys(), eavesdropper.address)
    say_everything(dealer)
    assert len(door.let_in(PATIENCE_S, at_most=3)) == 3
    return eavesdropper


@pytest.mark.parametrize("pause_s", [0.0, 0.05], ids=["at once", "in step with the answers"])
def test_no_message_gets_in_by_replaying_a_session(door: Door, pause_s: float) -> None:
    heard = list(overheard(door).heard)
    assert len(b"".join(heard)) > 400  # greeting, HELLO, INITIATE and three messages
    with connected(door) as replayer:
        for piece in heard:
            with contextlib.suppress(OSError):  # it is cut off before it has said all
                replayer.sendall(piece)
            assert door.let_in(pause_s) == []
        assert door.let_in(LONG_ENOUGH_S) == []


def test_no_message_gets_in_twice_by_repeating_it_in_its_own_session(door: Door) -> None:
    eavesdropper = overheard(door)
    assert eavesdropper.to_door is not None
    eavesdropper.to_door.sendall(eavesdropper.heard[-1])
    assert door.let_in(LONG_ENOUGH_S) == []


def test_a_crowd_of_silent_connections_keeps_no_client_from_being_heard(door: Door) -> None:
    dealer = door.dealer(door.keys())
    say_everything(dealer)
    assert len(door.let_in(PATIENCE_S, at_most=3)) == 3
    with contextlib.ExitStack() as crowd:
        for _ in range(300):
            crowd.enter_context(connected(door))
        began = time.monotonic()
        say_everything(dealer)
        assert len(door.let_in(PATIENCE_S, at_most=3)) == 3
        assert time.monotonic() - began < 1
        say_everything(door.dealer(door.keys()))
        assert len(door.let_in(PATIENCE_S, at_most=3)) == 3
