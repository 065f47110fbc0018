from __future__ import annotations

import random

import pytest
import zmq

from protocol.framing import decode, encode
from protocol.messages import Failed, Ping, Progress, Status, Welcome
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import PATIENCE_S, RunningFront, edit_request

HEADER = bytes(encode(Ping(1))[0])


def ask(socket: zmq.Socket[bytes], frames: list[bytes]) -> object:
    socket.send_multipart(frames)
    assert socket.poll(int(1000 * PATIENCE_S)), "no answer"
    return decode(socket.recv_multipart())


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([b""], "protocol"),
        ([b"\xc1"], "protocol"),
        ([b"GET / HTTP/1.1"], "protocol"),
        ([HEADER, b"pixels that nobody announced"], "protocol"),
        ([HEADER] + [b""] * 50, "protocol"),
        ([bytes([HEADER[0], 99]) + HEADER[2:]], "version"),
        ([b"x" * 1_000_000], "protocol"),
    ],
    ids=["empty", "reserved byte", "http", "extra frame", "50 frames", "version", "long header"],
)
def test_bytes_that_are_no_message_are_refused_in_words(
    start_front: StartFront, frames: list[bytes], code: str
) -> None:
    front = start_front()
    socket = front.raw_socket(front.keys())
    answer = ask(socket, frames)
    assert isinstance(answer, Failed)
    assert (answer.job_id, answer.code) == ("", code)
    assert answer.sentence.endswith(".")
    assert isinstance(ask(socket, [HEADER]), Status)


def test_a_routing_id_of_the_clients_own_choice_is_refused(start_front: StartFront) -> None:
    """Another client could choose it later and get this one's pictures."""
    front = start_front()
    chosen = front.raw_socket(front.keys(), routing_id=b"the-easel")
    answer = ask(chosen, [HEADER])
    assert isinstance(answer, Failed)
    assert answer.sentence == "A client may not choose its own routing id."


def test_a_refusal_names_the_job_that_it_refuses(start_front: StartFront) -> None:
    front = start_front()
    socket = front.raw_socket(front.keys())
    request = edit_request()
    header, pixels = encode(request)
    answer = ask(socket, [bytes(header), bytes(pixels)[:-1]])
    assert isinstance(answer, Failed)
    assert answer.job_id == request.job_id
    assert "bytes" in answer.sentence


def test_a_value_out_of_range_is_named_in_the_refusal(start_front: StartFront) -> None:
    front = start_front()
    socket = front.raw_socket(front.keys())
    header, pixels = encode(edit_request(steps=77))
    answer = ask(socket, [bytes(header).replace(b"\xa5steps\x4d", b"\xa5steps\x00"), bytes(pixels)])
    assert isinstance(answer, Failed)
    assert answer.code == "invalid-value"
    assert answer.sentence.startswith("steps is 0;")


def test_what_only_a_backend_says_is_refused(start_front: StartFront) -> None:
    voice = start_front().connect()
    for message in (Welcome("me"), Progress("x", 1, 2)):
        voice.say(message)
        assert voice.expect(Failed).code == "protocol"


def test_thousands_of_mutated_messages_do_not_disturb_the_front(start_front: StartFront) -> None:
    front = start_front()
    socket = front.raw_socket(front.keys())
    socket.sndhwm = 100
    randomly = random.Random(1)
    for _ in range(3000):
        mutate_and_send(socket, randomly, front)
    other = front.connect()
    assert other.ask_status().state in ("ready", "busy", "loading")
    assert front.process.poll() is None


def mutate_and_send(
    socket: zmq.Socket[bytes], randomly: random.Random, front: RunningFront
) -> None:
    frames = [bytearray(frame) for frame in encode(edit_request(2, 2, steps=1))]
    for _ in range(randomly.randint(1, 4)):
        frame = randomly.choice(frames)
        position = randomly.randrange(len(frame))
        frame[position] = randomly.randrange(256)
    if randomly.random() < 0.2:
        del frames[-1][randomly.randrange(len(frames[-1])) :]
    if randomly.random() < 0.1:
        frames.append(bytearray(randomly.randrange(20)))
    socket.send_multipart(frames)
    while socket.poll(0):
        decode(socket.recv_multipart())  # Whatever comes back is a message.
    assert front.process.poll() is None
