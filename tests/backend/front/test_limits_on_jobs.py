from __future__ import annotations

import re
import statistics
import time

from protocol.messages import Accepted, Cancel, Cancelled, Failed, Progress
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import Voice, edit_request

LOADS_FOREVER = ["--load-s", "1000"]


def refusal(voice: Voice, **changes: int) -> Failed:
    """The answer to one job too many, which must come quickly."""
    request = edit_request(**changes)
    began = time.monotonic()
    voice.say(request)
    failed = voice.expect(Failed, request.job_id)
    assert time.monotonic() - began < 1
    assert failed.hint
    return failed


def test_one_client_may_have_only_so_many_jobs_and_others_still_get_theirs(
    start_front: StartFront,
) -> None:
    front = start_front(worker=LOADS_FOREVER, limits={"jobs_per_client": 3})
    greedy, modest = front.connect(), front.connect(front.authorise("tablet"))
    requests = [edit_request() for _ in range(3)]
    for request in requests:
        greedy.say(request)
        greedy.expect(Accepted, request.job_id)
    assert refusal(greedy).code == "too-many-jobs"
    other = edit_request()
    modest.say(other)
    assert modest.expect(Accepted, other.job_id).position == 2
    greedy.say(Cancel(requests[0].job_id))
    greedy.expect(Cancelled)
    again = edit_request()
    greedy.say(again)
    greedy.expect(Accepted, again.job_id)


def test_only_so_many_jobs_wait_at_all(start_front: StartFront) -> None:
    front = start_front(worker=LOADS_FOREVER, limits={"waiting_jobs": 2})
    first, second, third = front.connect(), front.connect(), front.connect()
    for voice in (first, second):
        voice.say(edit_request())
        voice.expect(Accepted)
    failed = refusal(third)
    assert failed.code == "queue-full"
    assert failed.sentence == (
        "2 edits are waiting already, as many as the backend holds; one more would be number 3."
    )


def test_a_refusal_says_position_and_waiting_time_within_50_ms(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.1"], limits={"jobs_per_client": 3})
    voice = front.connect()
    voice.say(edit_request(steps=10))
    voice.finals(1)
    for _ in range(3):
        voice.say(edit_request(steps=100))
    voice.expect(Progress)
    took, failed = [], None
    for _ in range(20):
        request = edit_request(steps=100)
        began = time.monotonic()
        voice.say(request)
        failed = voice.expect(Failed, request.job_id)
        took.append(time.monotonic() - began)
    assert statistics.median(took) < 0.05
    assert failed is not None
    told = re.fullmatch(
        r"You already have 3 edits waiting or running, the most there may be; "
        r"one more would be number 3 and start in about (\d+) s\.",
        failed.sentence,
    )
    assert told is not None, failed.sentence
    assert 20 < int(told[1]) < 60


def test_a_waiting_client_is_told_when_its_job_will_start(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.1"])
    voice = front.connect()
    for steps in (10, 20, 20):
        voice.say(edit_request(steps=steps))
    voice.finals(1)
    waits = edit_request(steps=10)
    voice.say(waits)
    accepted = voice.expect(Accepted, waits.job_id)
    assert accepted.position == 2
    assert 3 < accepted.seconds < 8


def test_only_so_many_bytes_of_pictures_wait(start_front: StartFront) -> None:
    front = start_front(worker=LOADS_FOREVER, limits={"waiting_bytes": 50_000})
    voice = front.connect()
    voice.say(edit_request(100, 100))
    voice.expect(Accepted)
    assert refusal(voice, width=100, height=100).code == "queue-full"
    small = edit_request(10, 10)
    voice.say(small)
    voice.expect(Accepted, small.job_id)


def test_an_unknown_model_is_refused_by_the_names_there_are(start_front: StartFront) -> None:
    voice = start_front().connect()
    voice.wait_for_state("ready")
    request = edit_request(model="lanscape")
    voice.say(request)
    failed = voice.expect(Failed, request.job_id)
    assert (failed.code, failed.hint) == ("unknown-model", "Choose one of: landscape.")
