"""A job belongs to its client's key: it survives the connection that it came over."""

from __future__ import annotations

import os
import signal
import time

from protocol.messages import (
    Accepted,
    Acknowledge,
    Cancel,
    Cancelled,
    EditRequest,
    Failed,
    Message,
    Progress,
    Result,
)
from tests.backend.front.conftest import StartFront
from tests.backend.front.cut_proxy import CutProxy
from tests.backend.front.running_front import (
    PATIENCE_S,
    RunningFront,
    Voice,
    edit_request,
    eventually,
)


def nth_run(answer: Message) -> object:
    """Which of its worker's jobs the answer is of: a job made twice would have two numbers."""
    assert isinstance(answer, Result)
    return answer.recipe["nth"]


def lose_its_client(front: RunningFront, request: EditRequest) -> None:
    """Send a request and go while it runs."""
    voice = front.connect()
    voice.say(request)
    voice.expect(Progress)
    voice.client.close()


def test_a_job_goes_on_without_its_client_and_its_result_is_kept_for_it(
    start_front: StartFront,
) -> None:
    front = start_front(worker=["--step-s", "0.05"])
    request = edit_request(steps=5)
    watcher = front.connect()
    lose_its_client(front, request)
    eventually(lambda: watcher.ask_status().running == 0)
    again = front.connect()
    again.say(request)
    answer = again.finals(1)[0]
    assert nth_run(answer) == 1
    assert isinstance(answer, Result)
    assert bytes(answer.pictures[0].data) == bytes(255 - v for v in bytes(request.guide.data))


def test_a_client_that_comes_back_while_its_job_runs_gets_the_rest(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.05"])
    request = edit_request(steps=30)
    lose_its_client(front, request)
    again = front.connect()
    again.say(request)
    assert again.expect(Accepted).position == 0
    again.expect(Progress)
    assert nth_run(again.finals(1)[0]) == 1


def test_an_acknowledged_result_is_no_longer_kept(start_front: StartFront) -> None:
    front = start_front()
    first, second = front.connect(), front.connect()
    request = edit_request()
    first.say(request)
    assert nth_run(first.finals(1)[0]) == 1
    first.ask_status()  # The acknowledgement has gone before it.
    second.say(request)
    assert nth_run(second.finals(1)[0]) == 2


def test_only_its_owner_can_acknowledge_or_fetch_a_result(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.02"])
    request = edit_request()
    stranger = front.connect(front.authorise("tablet"))
    lose_its_client(front, request)
    eventually(lambda: stranger.ask_status().running == 0)
    stranger.say(Acknowledge(request.job_id))
    stranger.say(Cancel(request.job_id))
    assert stranger.expect(Failed).code == "no-such-job"
    stranger.say(request)
    assert stranger.expect(Failed).code == "refused"
    owner = front.connect()
    owner.say(request)
    assert nth_run(owner.finals(1)[0]) == 1


def test_another_request_under_a_used_id_is_refused(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.05"])
    request = edit_request(steps=30)
    lose_its_client(front, request)
    again = front.connect()
    again.say(edit_request(job_id=request.job_id, steps=29))
    failed = again.expect(Failed)
    assert failed.sentence == "You have another job of this id."


def test_a_job_whose_client_stays_away_is_stopped_and_forgotten(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.05"], timeouts={"client_return_s": 0.3})
    request = edit_request(steps=1000)
    watcher = front.connect()
    lose_its_client(front, request)
    eventually(lambda: watcher.ask_status().running == 0)
    again = front.connect()
    again.say(edit_request(job_id=request.job_id, steps=2))
    assert isinstance(again.finals(1)[0], Result)


def test_a_cancel_holds_though_the_result_is_kept_already(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.02"])
    request = edit_request()
    watcher = front.connect()
    lose_its_client(front, request)
    eventually(lambda: watcher.ask_status().running == 0)
    again = front.connect()
    again.say(Cancel(request.job_id))
    assert again.finals(1) == [Cancelled(request.job_id)]


def test_a_result_that_nobody_fetches_is_kept_only_so_long(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.02"], timeouts={"kept_s": 0.1})
    request = edit_request()
    watcher = front.connect()
    lose_its_client(front, request)
    eventually(lambda: watcher.ask_status().running == 0)
    time.sleep(2.5)  # It looks every two seconds.
    again = front.connect()
    again.say(request)
    assert nth_run(again.finals(1)[0]) == 2


def test_a_client_whose_connections_are_cut_gets_each_result_once_without_doing_anything(
    start_front: StartFront,
) -> None:
    front = start_front(worker=["--step-s", "0.05"])
    proxy = CutProxy(front.address)
    voice = Voice(front.open_client(address=proxy.address))
    voice.client.wait_until_connected(PATIENCE_S)
    requests = [edit_request(steps=10) for _ in range(4)]
    for request in requests:
        voice.say(request)
    answers: list[Message] = []
    for _ in requests:
        voice.expect(Progress)
        proxy.cut()
        answers += voice.finals(1)
    assert [getattr(answer, "job_id", "") for answer in answers] == [r.job_id for r in requests]
    assert [nth_run(answer) for answer in answers] == [1, 2, 3, 4]
    assert proxy.cuts == 4
    voice.client.wait_until_connected(PATIENCE_S)
    assert voice.silence(0.5) == []
    proxy.close()


def test_a_front_killed_in_the_middle_costs_no_job(start_front: StartFront) -> None:
    first, second = start_front(worker=["--step-s", "0.05"]), start_front()
    voice = first.connect()
    requests = [edit_request(steps=4) for _ in range(5)]
    for request in requests:
        voice.say(request)
    done = voice.finals(2)
    os.kill(first.process.pid, signal.SIGKILL)
    voice.client.move_to(second.address, second.keys())
    done += voice.finals(3)
    assert [getattr(answer, "job_id", "") for answer in done] == [r.job_id for r in requests]
    assert all(isinstance(answer, Result) for answer in done)
    assert voice.silence(0.5) == []


def test_a_cancel_said_while_the_connection_is_cut_holds(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.05"])
    proxy = CutProxy(front.address)
    voice = Voice(front.open_client(address=proxy.address))
    voice.client.wait_until_connected(PATIENCE_S)
    request = edit_request(steps=1000)
    voice.say(request)
    voice.expect(Progress)
    proxy.cut()
    eventually(lambda: not (voice.client.watch() or voice.client.is_connected))
    voice.say(Cancel(request.job_id))
    assert voice.finals(1) == [Cancelled(request.job_id)]
    eventually(lambda: voice.ask_status().running == 0)
    proxy.close()
