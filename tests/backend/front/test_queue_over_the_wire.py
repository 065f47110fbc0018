from __future__ import annotations

from protocol.messages import Accepted, Cancel, Cancelled, Failed, Progress, Result
from tests.backend.front.conftest import StartFront
from tests.backend.front.occupied_front import occupied_front
from tests.backend.front.running_front import PATIENCE_S, Voice, edit_request


def positions(voice: Voice, job_id: str) -> list[int]:
    """The positions told of a job until it is done, each once."""
    told: list[int] = []
    while True:
        for message in voice.client.wait(PATIENCE_S):
            if getattr(message, "job_id", "") != job_id:
                continue
            if isinstance(message, Accepted) and [message.position] != told[-1:]:
                told.append(message.position)
            if isinstance(message, (Result, Failed, Cancelled)):
                return told


def test_a_waiting_job_is_told_each_position_down_to_zero(start_front: StartFront) -> None:
    front, voice = occupied_front(start_front)
    requests = [edit_request() for _ in range(3)]
    for request in requests:
        voice.say(request)
    assert voice.expect(Accepted, requests[-1].job_id).position == 3
    front.open_gate()
    assert positions(voice, requests[-1].job_id) == [2, 1, 0]


def test_clients_take_turns_so_that_a_flood_delays_nobody_else(start_front: StartFront) -> None:
    front, flooder = occupied_front(start_front)
    flood, few = [edit_request() for _ in range(9)], [edit_request() for _ in range(2)]
    for request in flood:
        flooder.say(request)
    flooder.ask_status()  # All of the flood is in the queue.
    other = front.connect(front.authorise("tablet"))
    for request in few:
        other.say(request)
    assert other.expect(Accepted, few[1].job_id).position == 4
    front.open_gate()
    # The gate's job came first; then: flooder, other, flooder, other, flooder, …
    assert [other.expect(Result, request.job_id).recipe["nth"] for request in few] == [3, 5]
    order = [flooder.expect(Result, request.job_id).recipe["nth"] for request in flood]
    assert order == [2, 4, 6, 7, 8, 9, 10, 11, 12]


def test_a_waiting_job_is_cancelled_at_once(start_front: StartFront) -> None:
    _, voice = occupied_front(start_front)
    waiting = edit_request()
    voice.say(waiting)
    voice.say(Cancel(waiting.job_id))
    (answer,) = voice.finals(1)
    assert answer == Cancelled(waiting.job_id)


def test_a_running_job_is_cancelled_within_one_step_and_the_next_one_runs(
    start_front: StartFront,
) -> None:
    voice = start_front(worker=["--step-s", "0.1"]).connect()
    running, waiting = edit_request(steps=1000), edit_request()
    voice.say(running)
    voice.say(waiting)
    seen = voice.expect(Progress, running.job_id).step
    voice.say(Cancel(running.job_id))
    last, answer = voice.final_and_last_step()
    assert answer == Cancelled(running.job_id)
    assert last <= seen + 1
    assert isinstance(voice.finals(1)[0], Result)


def test_a_cancelled_job_gets_no_result_even_when_the_two_cross(start_front: StartFront) -> None:
    voice = start_front(worker=["--step-s", "0"]).connect()
    voice.wait_for_state("ready")
    for _ in range(30):
        request = edit_request(steps=1)
        voice.say(request)
        voice.say(Cancel(request.job_id))
        first = voice.finals(1)[0]
        later = voice.ask_status()
        # Either the result left before the cancel was read, or the job counts as cancelled.
        assert isinstance(first, (Result, Cancelled))
        assert later.running == later.waiting == 0


def test_another_clients_job_can_be_neither_cancelled_nor_sent_again(
    start_front: StartFront,
) -> None:
    front = start_front(worker=["--step-s", "0.05"])
    owner, other = front.connect(), front.connect(front.authorise("tablet"))
    request = edit_request(steps=20)
    owner.say(request)
    owner.expect(Progress)
    other.say(Cancel(request.job_id))
    assert other.expect(Failed).code == "no-such-job"
    other.say(edit_request(job_id=request.job_id))
    assert other.expect(Failed).code == "refused"
    assert isinstance(owner.finals(1)[0], Result)


def test_another_connection_with_the_same_key_is_the_same_client(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.05"])
    owner, twin = front.connect(), front.connect()
    request = edit_request(steps=1000)
    owner.say(request)
    owner.expect(Progress)
    twin.say(Cancel(request.job_id))
    assert twin.finals(1) == [Cancelled(request.job_id)]


def test_the_same_job_sent_twice_runs_once(start_front: StartFront) -> None:
    voice = start_front(worker=["--step-s", "0.05"]).connect()
    request = edit_request(steps=5)
    voice.say(request)
    voice.expect(Progress)
    voice.say(request)
    assert voice.expect(Accepted).position == 0
    assert isinstance(voice.finals(1)[0], Result)
    assert voice.ask_status().running == 0
    assert voice.silence(0.5) == []
