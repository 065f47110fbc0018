from __future__ import annotations

import time

from protocol.messages import Accepted, Cancel, Cancelled, Hello, Ping, Status, Welcome
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import PATIENCE_S, Voice, edit_request

LOADS_FOREVER = ["--load-s", "1000"]


def test_everything_is_answered_in_under_a_second_while_the_worker_loads(
    start_front: StartFront,
) -> None:
    front = start_front(worker=LOADS_FOREVER)
    voice = Voice(front.open_client())
    voice.client.wait_until_connected(PATIENCE_S)
    began = time.monotonic()
    voice.say(Hello("test"))
    assert voice.expect(Welcome).backend.startswith("sdedit ")
    voice.say(Ping(7))
    status = voice.expect(Status)
    assert (status.number, status.state) == (7, "loading")
    request = edit_request()
    voice.say(request)
    assert voice.expect(Accepted) == Accepted(request.job_id, 1)
    voice.say(Cancel(request.job_id))
    voice.expect(Cancelled, request.job_id)
    assert time.monotonic() - began < 1


def test_pings_are_answered_in_under_a_second_while_a_job_runs(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.05"])
    voice = front.connect()
    voice.say(edit_request(steps=1000))
    voice.wait_for_state("busy")
    slowest = 0.0
    for number in range(50):
        began = time.monotonic()
        voice.say(Ping(number))
        voice.expect(Status)
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 1


def test_a_job_sent_while_the_worker_loads_is_done_once_it_has_loaded(
    start_front: StartFront,
) -> None:
    front = start_front(worker=["--load-s", "0.5"])
    voice = front.connect()
    request = edit_request()
    voice.say(request)
    assert voice.expect(Accepted).position == 1
    assert voice.expect(Accepted).position == 0
    assert len(voice.finals(1)) == 1
