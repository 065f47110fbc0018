from __future__ import annotations

import os
import time

from protocol.bounds import Bounds
from protocol.images import MASK, Image
from protocol.messages import Failed, Message, Progress, Result
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import PATIENCE_S, edit_request, eventually


def test_guide_and_result_arrive_byte_for_byte(start_front: StartFront) -> None:
    voice = start_front().connect()
    request = edit_request(37, 23)
    voice.say(request)
    result = voice.expect(Result, request.job_id)
    inverted = bytes(255 - value for value in bytes(request.guide.data))
    assert bytes(result.pictures[0].data) == inverted
    assert result.pictures[0].bounds == request.guide.bounds
    assert result.recipe["seed"] == request.seed


def test_an_image_of_64_megabytes_and_its_mask_pass_through(start_front: StartFront) -> None:
    voice = start_front().connect()
    side = 4096
    mask = Image(Bounds(0, 0, side, side), MASK, os.urandom(side * side))
    request = edit_request(side, side, sampler="echo", steps=1, mask=mask)
    assert request.guide.nbytes == 64 * 1024 * 1024
    voice.say(request)
    result = voice.expect(Result, request.job_id)
    assert memoryview(result.pictures[0].data) == memoryview(request.guide.data)


def test_the_front_answers_others_while_a_large_image_passes(start_front: StartFront) -> None:
    front = start_front()
    large, small = front.connect(), front.connect()
    large.wait_for_state("ready")
    request = edit_request(4096, 4096, sampler="echo", steps=1)
    large.say(request)
    slowest = 0.0
    done = False
    while not done:
        began = time.monotonic()
        small.ask_status()
        slowest = max(slowest, time.monotonic() - began)
        done = any(isinstance(message, (Result, Failed)) for message in large.client.receive())
    assert slowest < 1


def test_a_failure_told_by_the_worker_arrives_word_for_word(start_front: StartFront) -> None:
    voice = start_front().connect()
    request = edit_request(sampler="refuse")
    voice.say(request)
    answer = voice.finals(1)[0]
    assert answer == Failed(request.job_id, "no-wish", "I do not want to.", "Ask again.")


def test_a_client_that_does_not_read_gets_its_result_later_without_the_old_previews(
    start_front: StartFront,
) -> None:
    """Its megabyte previews fill the sockets' buffers; what it then gets skips the old ones.

    After some seconds ZeroMQ even drops such a connection, and all that lies in it; over the next
    one the client asks again.
    """
    front = start_front(worker=["--step-s", "0.005"])
    sleeper, watcher = front.connect(), front.connect()
    steps = 300
    request = edit_request(sampler="chatter", steps=steps)
    sleeper.wait_for_state("ready")
    sleeper.say(request)
    eventually(lambda: watcher.ask_status().running == 1)
    eventually(lambda: watcher.ask_status().running == 0)
    seen: list[int] = []
    answers: list[Message] = []
    while not any(isinstance(message, Result) for message in answers):
        answers = sleeper.client.wait(PATIENCE_S)
        seen += [message.step for message in answers if isinstance(message, Progress)]
    assert seen == sorted(seen)
    assert len(seen) < steps
    assert sleeper.ask_status().waiting == 0
