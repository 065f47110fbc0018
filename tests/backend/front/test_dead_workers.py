from __future__ import annotations

import os
import signal
import time

from protocol.messages import Cancel, Cancelled, Failed, Progress, Result
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import edit_request, eventually


def test_a_killed_workers_job_starts_again_by_itself_once(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.05"])
    voice = front.connect()
    request = edit_request(steps=10)
    voice.say(request)
    voice.expect(Progress)
    (first,) = front.worker_pids()
    os.kill(first, signal.SIGKILL)
    result = voice.expect(Result, request.job_id)
    assert result.recipe["pid"] not in (first, None)
    assert front.worker_pids() == [result.recipe["pid"]]


def test_a_workers_death_is_told_in_words_within_a_second(
    start_front: StartFront,
) -> None:
    front = start_front(worker=["--load-s", "1"])
    voice = front.connect()
    voice.wait_for_state("ready")
    os.kill(front.worker_pids()[0], signal.SIGKILL)
    began = time.monotonic()
    status = voice.wait_for_state("loading")
    assert time.monotonic() - began < 1
    assert status.sentence == "The worker ended unexpectedly and is being started again."
    voice.wait_for_state("ready")


def test_a_job_that_kills_two_workers_is_refused_and_the_next_one_runs(
    start_front: StartFront,
) -> None:
    voice = start_front().connect()
    deadly, harmless = edit_request(sampler="crash"), edit_request()
    voice.say(deadly)
    voice.say(harmless)
    first, second = voice.finals(2)
    assert isinstance(first, Failed)
    assert (first.job_id, first.code) == (deadly.job_id, "job-crashed-twice")
    assert isinstance(second, Result)


def test_a_job_that_kills_one_worker_is_done_by_the_next(start_front: StartFront) -> None:
    voice = start_front().connect()
    voice.say(edit_request(sampler="crash-once"))
    assert isinstance(voice.finals(1)[0], Result)


def test_a_cancel_while_the_job_waits_for_a_new_worker_holds(start_front: StartFront) -> None:
    front = start_front(worker=["--load-s", "0.5", "--step-s", "0.05"])
    voice = front.connect()
    request = edit_request(steps=1000)
    voice.say(request)
    voice.expect(Progress)
    os.kill(front.worker_pids()[0], signal.SIGKILL)
    voice.wait_for_state("loading")
    voice.say(Cancel(request.job_id))
    assert voice.finals(1) == [Cancelled(request.job_id)]
    assert voice.wait_for_state("ready").running == 0


def test_a_worker_that_stops_answering_is_replaced(start_front: StartFront) -> None:
    front = start_front(times={"step_s": 0.5})
    voice = front.connect()
    voice.say(edit_request(sampler="hang"))
    answer = voice.finals(1)[0]
    assert isinstance(answer, Failed)
    assert answer.code == "job-crashed-twice"
    voice.say(edit_request())
    assert isinstance(voice.finals(1)[0], Result)


def test_a_worker_that_does_not_obey_a_cancel_is_replaced(start_front: StartFront) -> None:
    front = start_front(times={"cancel_s": 0.3})
    voice = front.connect()
    request = edit_request(sampler="hang")
    voice.say(request)
    voice.expect(Progress)
    (stubborn,) = front.worker_pids()
    voice.say(Cancel(request.job_id))
    assert voice.finals(1) == [Cancelled(request.job_id)]
    voice.say(edit_request())
    assert isinstance(voice.finals(1)[0], Result)
    assert stubborn not in front.worker_pids()


def test_a_worker_that_sends_no_messages_but_garbage_is_replaced(start_front: StartFront) -> None:
    voice = start_front().connect()
    voice.say(edit_request(sampler="garbage"))
    answer = voice.finals(1)[0]
    assert isinstance(answer, Failed)
    assert answer.code == "job-crashed-twice"


def test_a_worker_that_keeps_dying_while_it_loads_is_given_up_with_a_sentence(
    start_front: StartFront,
) -> None:
    front = start_front(worker=["--loading", "dies"], times={"restart_s": [0.0]})
    voice = front.connect()
    early = edit_request()
    voice.say(early)
    answer = voice.finals(1)[0]
    assert isinstance(answer, Failed)
    assert answer.code == "worker-start"
    assert answer.sentence == ("The worker ended 3 times while it was loading (last exit code 7).")
    assert voice.ask_status().state == "broken"
    assert len(list(front.folder.glob("worker-*"))) == 3


def test_a_worker_that_says_why_it_cannot_work_is_quoted(start_front: StartFront) -> None:
    front = start_front(worker=["--loading", "fails"])
    voice = front.connect()
    status = voice.wait_for_state("broken")
    assert status.sentence == "There is no paint. Buy some."
    voice.say(edit_request())
    answer = voice.finals(1)[0]
    assert isinstance(answer, Failed)
    assert (answer.code, answer.sentence, answer.hint) == (
        "no-paint",
        "There is no paint.",
        "Buy some.",
    )
    eventually(lambda: front.worker_pids() == [])


def test_a_worker_that_takes_too_long_to_load_is_given_up(start_front: StartFront) -> None:
    front = start_front(
        worker=["--load-s", "1000"],
        times={"load_s": 0.2, "restart_s": [0.0], "loading_deaths": 2},
    )
    assert "2 times" in front.connect().wait_for_state("broken").sentence


def test_further_devices_that_the_first_worker_sees_get_workers_too(
    start_front: StartFront,
) -> None:
    front = start_front(others="cuda:1 cuda:2", worker=["--step-s", "0.1"])
    voice = front.connect()
    voice.wait_for_state("ready")
    eventually(lambda: len(front.worker_pids()) == 3)
    for _ in range(3):
        voice.say(edit_request(steps=30))
    eventually(lambda: voice.ask_status().running == 3)
    assert len({answer.recipe["pid"] for answer in voice.finals(3)}) == 3  # type: ignore[attr-defined]
