from __future__ import annotations

import time

from protocol.messages import Accepted, Failed, ReportRequest, Result, StatusReport
from tests.backend.front.conftest import StartFront
from tests.backend.front.occupied_front import occupied_front
from tests.backend.front.running_front import edit_request


def test_live_comes_before_normal_and_normal_before_batch(start_front: StartFront) -> None:
    front, voice = occupied_front(start_front)
    order = ["batch", "normal", "live"]
    requests = {priority: edit_request(priority=priority) for priority in order}
    for request in requests.values():
        voice.say(request)
    front.open_gate()
    voice.finals(1)  # the gate's own
    done = [answer.job_id for answer in voice.finals(3) if isinstance(answer, Result)]
    assert done == [requests[priority].job_id for priority in ("live", "normal", "batch")]


def test_a_clients_second_live_job_has_no_claim_to_go_before_others(
    start_front: StartFront,
) -> None:
    front, greedy = occupied_front(start_front)
    first, second = edit_request(priority="live"), edit_request(priority="live")
    normal = edit_request()
    other = front.connect(front.authorise("tablet"))
    greedy.say(first)
    greedy.expect(Accepted, first.job_id)
    other.say(normal)
    other.expect(Accepted, normal.job_id)
    greedy.say(second)
    assert greedy.expect(Accepted, second.job_id).position == 3


def test_a_job_that_could_not_begin_in_time_fails_with_a_sentence(start_front: StartFront) -> None:
    front, voice = occupied_front(start_front)
    late, patient = edit_request(deadline_s=0.3), edit_request(deadline_s=60)
    for request in (late, patient):
        voice.say(request)
    began = time.monotonic()
    answer = voice.expect(Failed, late.job_id)
    assert 0.2 < time.monotonic() - began < 5
    assert answer.code == "deadline"
    assert answer.sentence == "The edit waited 0.3 s, its deadline, and did not begin."
    front.open_gate()
    assert isinstance(voice.expect(Result, patient.job_id), Result)


def test_a_job_that_runs_has_no_deadline_any_more(start_front: StartFront) -> None:
    voice = start_front(worker=["--step-s", "0.2"]).connect()
    voice.wait_for_state("ready")
    request = edit_request(steps=5, deadline_s=0.5)
    voice.say(request)
    assert isinstance(voice.finals(1)[0], Result)


def test_a_report_tells_of_devices_jobs_and_totals(start_front: StartFront) -> None:
    front, voice = occupied_front(start_front)
    other = front.connect(front.authorise("tablet"))
    waiting = edit_request(priority="batch", steps=7)
    other.say(waiting)
    other.expect(Accepted, waiting.job_id)
    other.say(ReportRequest(5))
    report = other.expect(StatusReport)
    assert (report.number, report.state, report.engine) == (5, "busy", "local")
    (device,) = report.devices
    assert (device["name"], device["state"], device["model"]) == (
        "test device",
        "busy",
        "landscape",
    )
    runs, waits = report.jobs
    assert (runs["position"], runs["is_yours"], runs["client"]) == (0, False, 1)
    assert (waits["position"], waits["is_yours"], waits["client"]) == (1, True, 2)
    assert (waits["priority"], waits["width"], waits["height"]) == ("batch", 4, 3)
    front.open_gate()
    voice.finals(1)
    other.finals(1)
    other.say(ReportRequest(6))
    totals = other.expect(StatusReport).totals
    assert (totals["running"], totals["waiting"], totals["devices"]) == (0, 0, 1)
    assert (totals["done"], totals["done_minute"], totals["failed"]) == (2, 2, 0)
    assert totals["seconds_each"] > 0
