"""What every engine promises: the local pool and a cluster pass the same tests."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protocol.messages import Accepted, Cancel, Cancelled, Failed, Message, Progress, Result
from tests.backend.front.running_front import RunningFront, Voice, edit_request, eventually

TIMES = {"step_s": 1.5, "pulse_s": 5.0, "cancel_s": 0.4, "restart_s": [0.0, 0.1]}
STEP_S = 0.05


@pytest.fixture(params=["local", "ray"], scope="module")
def front(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[RunningFront]:
    """A front with two scripted workers; it serves all tests here, one after the other."""
    folder: Path = tmp_path_factory.mktemp("front") / request.param
    options: dict[str, Any] = {"times": TIMES, "worker": ["--step-s", str(STEP_S)]}
    if request.param == "ray":
        started = request.getfixturevalue("cluster").front(folder, **options)
    else:
        folder.mkdir()
        started = RunningFront(folder, devices=["one", "two"], **options)
    yield started
    started.close()
    assert "Traceback" not in started.output, started.output


@pytest.fixture
def voice(front: RunningFront) -> Voice:
    """A client of the front, both of whose workers are ready."""
    voice = front.connect()
    voice.wait_for_state("ready")
    eventually(lambda: len(front.worker_pids()) == 2, within_s=60)
    return voice


def final(voice: Voice, **changes: Any) -> Message:
    request = edit_request(**changes)
    voice.say(request)
    return only_final(voice, request.job_id)


def only_final(voice: Voice, job_id: str) -> Message:
    """The job's final answer, and no other after it."""
    answer = voice.finals(1)[0]
    assert getattr(answer, "job_id", "") == job_id
    assert not [heard for heard in voice.silence(0.05) if getattr(heard, "job_id", "") == job_id]
    return answer


def test_a_job_is_accepted_then_proceeds_then_has_its_result(voice: Voice) -> None:
    request = edit_request(steps=5)
    voice.say(request)
    assert voice.expect(Accepted, request.job_id).job_id == request.job_id
    steps = [voice.expect(Progress, request.job_id).step for _ in range(5)]
    assert steps == [1, 2, 3, 4, 5]
    (picture,) = voice.expect(Result, request.job_id).pictures
    assert bytes(picture.data) == bytes(255 - value for value in request.guide.data)


def test_two_jobs_run_at_once_on_two_workers(voice: Voice) -> None:
    requests = [edit_request(steps=10) for _ in range(2)]
    for request in requests:
        voice.say(request)
    eventually(lambda: voice.ask_status().running == 2)
    pids = {answer.recipe["pid"] for answer in voice.finals(2) if isinstance(answer, Result)}
    assert len(pids) == 2


def test_a_running_job_is_cancelled_within_one_step(voice: Voice) -> None:
    request = edit_request(steps=1000)
    voice.say(request)
    voice.expect(Progress, request.job_id)
    voice.say(Cancel(request.job_id))
    began = time.monotonic()
    step, answer = voice.final_and_last_step()
    assert answer == Cancelled(request.job_id)
    assert step <= 3
    assert time.monotonic() - began < 1


def test_a_cancel_right_behind_its_job_holds(voice: Voice) -> None:
    for _ in range(5):
        request = edit_request(steps=1000)
        voice.say(request)
        voice.say(Cancel(request.job_id))
        assert only_final(voice, request.job_id) == Cancelled(request.job_id)


def test_what_a_worker_refuses_is_passed_on(voice: Voice) -> None:
    answer = final(voice, sampler="refuse")
    assert isinstance(answer, Failed)
    assert (answer.code, answer.sentence, answer.hint) == (
        "no-wish",
        "I do not want to.",
        "Ask again.",
    )


def test_a_job_that_ends_one_worker_is_done_by_another(voice: Voice) -> None:
    assert isinstance(final(voice, sampler="crash-once"), Result)


def test_a_job_that_ends_two_workers_fails_and_the_next_one_runs(voice: Voice) -> None:
    answer = final(voice, sampler="crash")
    assert isinstance(answer, Failed)
    assert answer.code == "job-crashed-twice"
    assert isinstance(final(voice), Result)


@pytest.mark.parametrize("fate", ["kill", "segv", "stop"])
def test_a_worker_that_dies_or_freezes_at_its_first_step_costs_time_alone(
    voice: Voice, fate: str
) -> None:
    assert isinstance(final(voice, sampler=f"{fate}@first step"), Result)


def test_an_idle_worker_that_is_killed_is_replaced(front: RunningFront, voice: Voice) -> None:
    killed, _ = front.worker_pids()
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: killed not in front.worker_pids() and len(front.worker_pids()) == 2)
    assert isinstance(final(voice), Result)


def test_a_worker_that_does_not_obey_a_cancel_is_ended(voice: Voice) -> None:
    request = edit_request(sampler="hang")
    voice.say(request)
    voice.expect(Progress, request.job_id)
    voice.say(Cancel(request.job_id))
    assert voice.finals(1) == [Cancelled(request.job_id)]
    assert isinstance(final(voice), Result)


def test_two_clients_at_once_each_get_their_own(front: RunningFront, voice: Voice) -> None:
    other = front.connect(front.authorise("other"))
    asked = {client: [edit_request(steps=2) for _ in range(6)] for client in (voice, other)}
    for client, requests in asked.items():
        for request in requests:
            client.say(request)
    heard: dict[Voice, list[Message]] = {}
    threads = [
        threading.Thread(target=lambda c=client: heard.update({c: c.finals(6)})) for client in asked
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for client, requests in asked.items():
        answers = {a.job_id: a for a in heard[client] if isinstance(a, Result)}
        assert sorted(answers) == sorted(request.job_id for request in requests)
        for request in requests:
            pixels = bytes(answers[request.job_id].pictures[0].data)
            assert pixels == bytes(255 - value for value in request.guide.data)
