from __future__ import annotations

import stat

import pytest
import zmq

from protocol.framing import encode
from protocol.keys import ClientKeys
from protocol.messages import REVOKED, Cancel, Hello, Ping, Status
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import PATIENCE_S, RunningFront, edit_request, eventually

NOTHING_COMES_S = 1.0


def intruder_keys(front: RunningFront, kind: str) -> ClientKeys | None:
    mine = front.keys()
    public, secret = (key.decode() for key in zmq.curve_keypair())
    other_public, _ = (key.decode() for key in zmq.curve_keypair())
    return {
        "no key": None,
        "unknown key": ClientKeys(public, secret, mine.server_public),
        "wrong server key": ClientKeys(mine.public, mine.secret, other_public),
        "the public key without its secret": ClientKeys(mine.public, secret, mine.server_public),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    ["no key", "unknown key", "wrong server key", "the public key without its secret"],
)
def test_an_intruder_gets_no_message_through(start_front: StartFront, kind: str) -> None:
    front = start_front()
    socket = front.raw_socket(intruder_keys(front, kind))
    for message in (Hello("intruder"), Ping(1), edit_request()):
        socket.send_multipart(encode(message))
    assert not socket.poll(int(1000 * NOTHING_COMES_S))
    assert "intruder" not in front.output
    assert front.connect().ask_status().running == 0


def test_the_right_keys_get_the_same_messages_through(start_front: StartFront) -> None:
    front = start_front()
    socket = front.raw_socket(front.keys())
    socket.send_multipart(encode(Hello("guest")))
    assert socket.poll(int(1000 * PATIENCE_S))
    assert "guest" in front.output


def test_a_key_that_is_added_later_is_let_in(start_front: StartFront) -> None:
    front = start_front()
    front.connect()
    assert front.connect(front.authorise("tablet")).ask_status().number == 1


def test_a_revoked_key_is_not_heard_any_more_and_its_job_is_stopped(
    start_front: StartFront,
) -> None:
    front = start_front(worker=["--step-s", "0.02"])
    owner = front.connect()
    revoked = front.connect(front.authorise("tablet"))
    revoked.say(edit_request(steps=1000))
    revoked.wait_for_state("busy")
    front.write_authorised({"this machine": front.keys().public})
    owner.wait_for_state("ready")  # its job has been cancelled
    revoked.client.receive()
    revoked.heard.clear()
    revoked.say(Ping(1))
    revoked.say(Cancel("x"))
    (told,) = revoked.silence(NOTHING_COMES_S)
    assert (told.job_id, told.code) == ("", REVOKED)
    revoked.say(Ping(2))
    assert revoked.silence(NOTHING_COMES_S) == [], "it is told once"


def test_nobody_is_heard_while_the_key_files_are_open_to_others(start_front: StartFront) -> None:
    front = start_front()
    voice = front.connect()
    path = front.folder / "keys" / "authorised.json"
    replaced = path.with_suffix(".loose")
    replaced.write_text(path.read_text())
    replaced.chmod(0o644)
    replaced.replace(path)
    voice.say(Ping(1))
    assert voice.silence(NOTHING_COMES_S) == []
    front.write_authorised({"this machine": front.keys().public})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def is_heard_again() -> bool:
        voice.say(Ping(2))
        return any(isinstance(message, Status) for message in voice.silence(0.2))

    eventually(is_heard_again)


@pytest.mark.parametrize("name", ["", "server.json", "authorised.json"])
def test_a_client_is_heard_again_once_the_key_files_are_closed_to_others(
    start_front: StartFront, name: str
) -> None:
    front = start_front()
    voice = front.connect()
    path = front.folder / "keys" / name
    mode = stat.S_IMODE(path.stat().st_mode)
    path.chmod(mode | 0o044)
    voice.say(Ping(1))
    assert voice.silence(NOTHING_COMES_S) == []
    path.chmod(mode)

    def is_heard_again() -> bool:
        voice.say(Ping(2))
        return any(isinstance(message, Status) for message in voice.silence(0.2))

    eventually(is_heard_again)


def test_no_key_is_in_the_log_or_on_a_command_line(start_front: StartFront) -> None:
    front = start_front()
    voice = front.connect()
    voice.wait_for_state("ready")
    mine = front.keys()
    (worker,) = front.worker_pids()
    with open(f"/proc/{worker}/cmdline", "rb") as file:
        seen = front.output + file.read().decode()
    with open(f"/proc/{worker}/environ", "rb") as file:
        seen += file.read().decode(errors="replace")
    for key in (mine.public, mine.secret, mine.server_public):
        assert key not in seen
