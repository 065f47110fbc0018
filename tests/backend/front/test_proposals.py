"""A proposal of t0 is a job as an edit is one: queued, cancelled, begun again, kept."""

from __future__ import annotations

from protocol.framing import decode, encode
from protocol.messages import (
    FINAL,
    Accepted,
    Acknowledge,
    Cancel,
    Cancelled,
    Failed,
    JobRequest,
    Message,
    Proposal,
    ProposeT0,
    Result,
)
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import Voice, edit_request, eventually


def question(job_id: str, **changes) -> ProposeT0:
    like = edit_request()
    values = {"guide": like.guide, "canvas_width": 4, "canvas_height": 3, **changes}
    return ProposeT0(job_id, **values)


def finals(voice: Voice, count: int) -> dict[str, object]:
    return {answer.job_id: answer for answer in voice.finals(count)}


def test_a_proposal_waits_its_turn_between_edits(start_front: StartFront) -> None:
    front = start_front()
    voice = front.connect()
    before, after = edit_request(sampler="gate"), edit_request()
    voice.say(before)
    while voice.expect(Accepted, before.job_id).position:
        pass
    voice.say(question("asked"))
    voice.say(after)
    assert voice.expect(Accepted, "asked").position == 1
    front.open_gate()
    answers = voice.finals(3)
    assert [answer.job_id for answer in answers] == [before.job_id, "asked", after.job_id]
    assert [type(answer) for answer in answers] == [Result, Proposal, Result]


def test_a_proposal_can_be_cancelled_while_it_runs_and_while_it_waits(
    start_front: StartFront,
) -> None:
    voice = start_front().connect()
    for job_id in ("gate-1", "gate-2"):
        voice.say(question(job_id))
    eventually(lambda: voice.ask_status().waiting == 1)
    voice.say(Cancel("gate-2"))
    voice.say(Cancel("gate-1"))
    assert finals(voice, 2) == {"gate-1": Cancelled("gate-1"), "gate-2": Cancelled("gate-2")}
    voice.say(question("next"))
    assert isinstance(voice.finals(1)[0], Proposal)


def test_a_proposal_whose_worker_dies_is_made_by_the_next(start_front: StartFront) -> None:
    voice = start_front().connect()
    voice.say(question("crash-once"))
    assert isinstance(voice.finals(1)[0], Proposal)


def test_a_proposal_sent_again_is_the_same_job(start_front: StartFront) -> None:
    """As after a broken connection: it is kept until it is acknowledged."""
    front = start_front()
    socket = front.raw_socket(front.keys())

    def ask(message: JobRequest) -> Message:
        socket.send_multipart(encode(message))
        while not isinstance(said := decode(socket.recv_multipart()), FINAL):
            pass
        return said

    asked = question("asked")
    first = ask(asked)
    assert isinstance(first, Proposal)
    assert ask(asked) == first
    other = ask(question("asked", canvas_width=9))
    assert isinstance(other, Failed)
    assert other.code == "refused"
    socket.send_multipart(encode(Acknowledge("asked")))
    assert isinstance(ask(question("asked", canvas_width=9)), Proposal)


def test_an_edit_and_a_proposal_do_not_share_an_id(start_front: StartFront) -> None:
    voice = start_front().connect()
    voice.say(question("gate-1"))
    voice.expect(Accepted, "gate-1")
    voice.say(edit_request(job_id="gate-1"))
    assert voice.expect(Failed, "gate-1").code == "refused"


def test_a_model_that_is_not_there_is_refused(start_front: StartFront) -> None:
    voice = start_front().connect()
    voice.wait_for_state("ready")
    voice.say(question("asked", model="portraits"))
    assert voice.finals(1)[0].code == "unknown-model"
