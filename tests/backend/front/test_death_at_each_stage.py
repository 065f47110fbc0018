"""Whatever ends a worker or the front, at whatever stage of a job: the job ends in one result."""

from __future__ import annotations

import os
import signal
import time

from protocol.messages import EditRequest, Message, Progress, Result
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import Voice, edit_request, eventually
from tests.backend.front.scripted_worker import FATES, STAGES

LOAD_S = 6.0
"""Far above what the worker needs, and below what a test may take."""


def assert_is_answer(answer: Message, request: EditRequest) -> None:
    assert isinstance(answer, Result), answer
    assert answer.job_id == request.job_id
    inverted = bytes(255 - value for value in bytes(request.guide.data))
    assert bytes(answer.pictures[0].data) == inverted


def test_a_workers_end_at_any_stage_costs_its_job_nothing_but_time(
    start_front: StartFront,
) -> None:
    """Each fate on a front of its own, all at once: most of the time is spent on waiting for
    workers that say no more."""
    times = {"step_s": 0.5, "load_s": LOAD_S, "restart_s": [0.0]}
    fronts = {fate: start_front(worker=["--loading", fate], times=times) for fate in FATES}
    voices = {fate: front.connect() for fate, front in fronts.items()}
    for stage in STAGES[1:]:
        requests = {fate: edit_request(256, 256, sampler=f"{fate}@{stage}") for fate in FATES}
        for fate, request in requests.items():
            voices[fate].say(request)
        for fate, request in requests.items():
            assert_is_answer(voices[fate].finals(1)[0], request)
    for fate, front in fronts.items():
        assert voices[fate].silence(0.2) == []
        assert len(list(front.folder.glob("met *"))) == len(STAGES)
        eventually(lambda front=front: len(front.worker_pids()) == 1)


def test_a_front_killed_at_any_stage_costs_its_clients_no_job(start_front: StartFront) -> None:
    voice: Voice | None = None
    for stage in ("sent", "first step", "last step", "done"):
        front = start_front(worker=["--step-s", "0.05"])
        if voice is None:
            voice = front.connect()
        else:
            voice.client.move_to(front.address, front.keys())
            voice.client.wait_until_connected(20)
        request = edit_request(sampler="plain")
        voice.say(request)
        if stage == "first step":
            voice.expect(Progress)
        elif stage == "last step":
            while voice.expect(Progress).step < request.steps:
                pass
        elif stage == "done":
            eventually(lambda front=front: ": Result." in front.output)
        front.process.kill()
        front.process.wait()
        eventually(lambda front=front: front.worker_pids() == [])
        after = start_front()
        voice.client.move_to(after.address, after.keys())
        assert_is_answer(voice.finals(1)[0], request)
        assert voice.silence(0.2) == []


def test_a_front_that_freezes_is_noticed_within_5_s_and_its_job_done_when_it_thaws(
    start_front: StartFront,
) -> None:
    front = start_front(worker=["--step-s", "0.05"])
    voice = front.connect()
    request = edit_request()
    voice.say(request)
    os.kill(front.process.pid, signal.SIGSTOP)
    began = time.monotonic()
    eventually(lambda: voice.client.watch() is None and not voice.client.is_connected)
    assert time.monotonic() - began < 5
    os.kill(front.process.pid, signal.SIGCONT)
    assert_is_answer(voice.finals(1)[0], request)
    voice.client.wait_until_connected(20)
    assert voice.silence(0.2) == []


def test_a_worker_is_given_time_by_the_pace_of_its_own_steps(start_front: StartFront) -> None:
    """Steps of 0.3 s, and then a pause of 20 of them is no reason to end it."""
    front = start_front(
        worker=["--step-s", "0.3"], times={"step_s": 0.2, "step_factor": 20.0, "load_s": LOAD_S}
    )
    voice = front.connect()
    request = edit_request(steps=6)
    voice.say(request)
    while voice.expect(Progress).step < 3:
        pass
    (worker,) = front.worker_pids()
    os.kill(worker, signal.SIGSTOP)
    time.sleep(1.5)
    os.kill(worker, signal.SIGCONT)
    answer = voice.finals(1)[0]
    assert_is_answer(answer, request)
    assert isinstance(answer, Result)
    assert answer.recipe["pid"] == worker


def test_the_same_deadly_edit_is_refused_at_once_under_any_id(start_front: StartFront) -> None:
    front = start_front()
    voice = front.connect()
    deadly = edit_request(sampler="crash")
    voice.say(deadly)
    (first,) = voice.finals(1)
    started = len(list(front.folder.glob("worker-*")))
    again = edit_request(sampler="crash", guide=deadly.guide)
    voice.say(again)
    (second,) = voice.finals(1)
    codes = [getattr(answer, "code", "") for answer in (first, second)]
    assert codes == ["job-crashed-twice", "job-crashed-twice"]
    assert "is not tried again yet" in getattr(second, "sentence", "")
    voice.wait_for_state("ready")
    assert len(list(front.folder.glob("worker-*"))) <= started + 1
