"""The client over real sockets."""

from __future__ import annotations

import gc
import logging
import select
import socket
import time
from dataclasses import replace
from pathlib import Path

import msgpack
import pytest
import zmq

from protocol import client as client_module
from protocol.bounds import Bounds
from protocol.client import PENDING, Client
from protocol.errors import ConnectionLost, InvalidValue, ProtocolError, VersionMismatch
from protocol.images import Image, PixelFormat
from protocol.keys import ClientKeys, load_client_keys, load_server_keys, make_keys
from protocol.limits import TIMEOUTS
from protocol.messages import (
    PROTOCOL_VERSION,
    Accepted,
    EditRequest,
    Hello,
    Ping,
    Status,
    Welcome,
)

from .router import PATIENCE_S, Router, until

HELLO = Hello("test")


@pytest.fixture
def context():
    context = zmq.Context()
    yield context
    context.destroy(linger=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("client") / "keys"
    make_keys(folder)
    return folder


@pytest.fixture(scope="module")
def server_keys(folder):
    return load_server_keys(folder)


@pytest.fixture(scope="module")
def keys(folder):
    return load_client_keys(folder)


@pytest.fixture
def router(context, server_keys):
    router = Router(context, server_keys)
    yield router
    router.close()


@pytest.fixture
def client(context, router, keys):
    client = Client(router.address, keys, context)
    yield client
    client.close()


@pytest.fixture
def peer(router, client):
    """The client as the router knows it, connected."""
    client.wait_until_connected(PATIENCE_S)
    client.send(HELLO)
    peer, message = router.receive()
    assert message == HELLO
    return peer


def free_address():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return "tcp://{}:{}".format(*taken.getsockname())


def other_keys(keys, **changed):
    public, secret = (key.decode() for key in zmq.curve_keypair())
    return replace(ClientKeys(public, secret, keys.server_public), **changed)


# ------------------------------------------------------------------------------ connecting


def test_a_client_with_the_right_keys_is_connected_and_answered(router, client, peer):
    assert client.is_connected
    assert not client.refused
    router.send(peer, Welcome("backend", [{"name": "landscape"}]))
    assert client.wait(PATIENCE_S) == [Welcome("backend", ({"name": "landscape"},))]


def test_a_client_that_trusts_another_server_is_refused(context, router, keys):
    stranger = zmq.curve_keypair()[0].decode()
    client = Client(router.address, replace(keys, server_public=stranger), context)
    for wait in (client.wait_until_connected, client.wait):
        with pytest.raises(ConnectionLost, match="refused this client's key") as caught:
            wait(PATIENCE_S)
        assert "sdedit doctor" in caught.value.hint
    assert client.refused
    assert not client.is_connected
    with pytest.raises(ConnectionLost, match="is not connected"):
        client.send(HELLO)
    client.close()


def test_a_client_whose_key_is_unknown_is_refused_until_it_is_admitted(context, server_keys, keys):
    admitted = set(server_keys.authorised.values())
    router = Router(context, server_keys, admits=admitted)
    stranger = other_keys(keys)
    client = Client(router.address, stranger, context)
    until(lambda: client.refused, router.answer_handshakes, client.watch)
    with pytest.raises(ConnectionLost, match="refused this client's key"):
        client.wait(PATIENCE_S)
    with pytest.raises(ConnectionLost, match="is not connected"):
        client.send(HELLO)

    admitted.add(stranger.public)
    until(lambda: client.is_connected, router.answer_handshakes, client.watch)
    assert not client.refused
    client.send(HELLO)
    assert router.receive()[1] == HELLO
    client.close()
    router.close()


def test_a_client_whose_key_is_known_is_let_in(context, server_keys, keys):
    router = Router(context, server_keys, admits={keys.public})
    client = Client(router.address, keys, context)
    until(lambda: client.is_connected, router.answer_handshakes, client.watch)
    client.close()
    router.close()


def test_without_a_backend_sending_says_that_it_is_not_connected(context, keys):
    client = Client(free_address(), keys, context)
    with pytest.raises(ConnectionLost) as caught:
        client.send(HELLO)
    assert caught.value.sentence == "The SDEdit backend is not connected."
    assert caught.value.hint == "Wait a moment, then try again."
    client.close()


def test_without_a_backend_waiting_ends_in_time_and_is_no_refusal(context, keys):
    client = Client(free_address(), keys, context)
    for wait in (client.wait_until_connected, client.wait):
        began = time.monotonic()
        with pytest.raises(ConnectionLost) as caught:
            wait(0.3)
        assert 0.3 <= time.monotonic() - began < PATIENCE_S
        assert caught.value.sentence == "The SDEdit backend did not answer within 0.3 s."
    assert not client.refused
    client.close()


def test_a_backend_that_dies_in_the_middle_of_a_handshake_is_no_refusal(context, server_keys, keys):
    with socket.create_server(("127.0.0.1", 0)) as dying:
        dying.settimeout(PATIENCE_S)
        client = Client("tcp://{}:{}".format(*dying.getsockname()), keys, context)
        dying.accept()[0].close()
    with pytest.raises(ConnectionLost, match="did not answer within"):
        client.wait_until_connected(0.5)
    router = Router(context, server_keys, client.address)
    client.wait_until_connected(PATIENCE_S)
    client.close()
    router.close()


def test_a_listener_that_never_answers_is_no_refusal(context, keys, monkeypatch):
    monkeypatch.setattr(client_module, "TIMEOUTS", replace(TIMEOUTS, handshake_s=0.1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Client("tcp://{}:{}".format(*silent.getsockname()), keys, context)
        with pytest.raises(ConnectionLost, match="did not answer within"):
            client.wait_until_connected(1.5)
        assert not client.refused
    client.close()


def test_another_program_at_the_address_is_a_refusal(context, keys):
    plain = context.socket(zmq.ROUTER)
    plain.bind("tcp://127.0.0.1:*")
    client = Client(plain.last_endpoint.decode(), keys, context)
    with pytest.raises(ConnectionLost, match="refused"):
        client.wait_until_connected(PATIENCE_S)
    client.close()
    plain.close()


@pytest.mark.parametrize("address", ["", "nowhere", "tcp://", "tcp://127.0.0.1", "x://y"])
def test_an_address_that_cannot_be_one_is_named(context, keys, address):
    with pytest.raises(InvalidValue, match="The backend's address is"):
        Client(address, keys, context)


@pytest.mark.usefixtures("peer")
def test_a_client_is_connected_again_when_the_backend_comes_back(
    context, server_keys, router, client
):
    router.close()
    until(lambda: not client.is_connected, client.watch)
    with pytest.raises(ConnectionLost, match="is not connected"):
        client.send(HELLO)
    assert not client.refused

    again = Router(context, server_keys, router.address)
    began = time.monotonic()
    client.wait_until_connected(PATIENCE_S)
    assert time.monotonic() - began < 3.0
    client.send(HELLO)
    new_peer, message = again.receive()
    assert message == HELLO
    again.send(new_peer, Status(1, "ready", "Ready."))
    assert client.wait(PATIENCE_S) == [Status(1, "ready", "Ready.")]
    again.close()


# ------------------------------------------------------------------------------- receiving


def test_all_that_arrived_is_received_in_order(router, client, peer):
    sent = [Accepted("job", position) for position in range(5 * PENDING)]
    for message in sent:
        router.send(peer, message)
    received = []
    while len(received) < len(sent):
        received += client.wait(PATIENCE_S)
    assert received == sent
    assert client.receive() == []


def test_an_owner_that_waits_on_the_descriptor_misses_nothing(router, client, peer):
    received = client.receive()
    for round_ in range(50):
        router.send(peer, Accepted("job", round_))
        client.send(Ping(round_))
        received += client.receive()  # after a send, as fileno() says
        router.receive()
        while len(received) <= round_:
            ready, _, _ = select.select([client.fileno()], [], [], PATIENCE_S)
            assert ready, "the descriptor did not become readable"
            received += client.receive()
    assert received == [Accepted("job", round_) for round_ in range(50)]


def test_bytes_that_are_no_message_are_reported_and_cost_no_other_message(router, client, peer):
    good = [Accepted("job", position) for position in range(PENDING)]
    for message in good:
        router.send(peer, message)
        router.send_frames(peer, [b"rubbish"])
    received, errors = [], []
    while len(received) < len(good):
        try:
            received += client.wait(PATIENCE_S)
        except ProtocolError as error:
            errors.append(error.sentence)
    assert received == good
    assert set(errors) == {"The header is not [version, kind, fields]."}


def test_a_backend_of_another_version_is_named(router, client, peer):
    router.send_frames(peer, [msgpack.packb([PROTOCOL_VERSION + 1, "status", {"mood": "good"}])])
    with pytest.raises(
        VersionMismatch, match=f"version {PROTOCOL_VERSION + 1}; .* version {PROTOCOL_VERSION}"
    ):
        client.wait(PATIENCE_S)


def test_a_picture_goes_there_unchanged_and_stays_when_its_frames_have_gone(router, client, peer):
    pixels = bytes(range(256)) * (4 * 1024 * 64)
    guide = Image(Bounds(-5, 7, 4096, 4096), PixelFormat(profile="sRGB"), pixels)
    request = EditRequest("job", guide, 5000, 5000)
    client.send(request)
    _, received = router.receive()
    gc.collect()
    assert received == request
    router.send(peer, received)
    [returned] = client.wait(PATIENCE_S)
    del received
    gc.collect()
    assert bytes(returned.guide.data) == pixels


# ----------------------------------------------------------------------------------- closing


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors through /proc")
def test_closing_leaves_no_descriptor_behind(context, router, keys):
    def descriptors():
        return len(list(Path("/proc/self/fd").iterdir()))

    def use_one(address):
        client = Client(address, keys, context)
        if address == router.address:
            client.wait_until_connected(PATIENCE_S)
        client.close()
        client.close()  # twice is once
        with pytest.raises(InvalidValue):
            Client("nowhere", keys, context)

    use_one(router.address)  # whatever ZeroMQ opens once is open now
    before = descriptors()
    for _ in range(10):
        use_one(router.address)
        use_one("tcp://127.0.0.1:9")
    # ZeroMQ closes in its own thread, a moment later.
    until(lambda: descriptors() <= before, lambda: select.select([], [], [], 0.01))


def test_no_key_is_in_a_full_log(context, router, keys, server_keys, caplog):
    with caplog.at_level(logging.DEBUG):
        client = Client(router.address, keys, context)
        client.wait_until_connected(PATIENCE_S)
        client.close()
    for secret in (keys.secret, server_keys.secret):
        assert secret not in caplog.text
        assert secret not in repr(vars(client))
