"""One final answer for each job, whatever is sent, lost and sent again."""

from __future__ import annotations

from protocol.messages import (
    NO_SUCH_JOB,
    Accepted,
    Cancel,
    Cancelled,
    Failed,
    Progress,
    Status,
)
from protocol.open_jobs import REMEMBERED, OpenJobs

from .specimens import specimen


def request(job_id):
    return specimen("edit", job_id=job_id)


def opened(*job_ids):
    jobs = OpenJobs()
    for job_id in job_ids:
        jobs.asked(request(job_id))
    return jobs


def test_open_jobs_are_repeated_and_answered_ones_are_not():
    jobs = opened("a", "b", "c")
    assert jobs.heard(Accepted("a", 0)) == Accepted("a", 0)
    assert jobs.heard(Cancelled("b")) == Cancelled("b")
    assert jobs.to_repeat() == [request("a"), request("c")]


def test_a_second_answer_and_what_comes_late_are_dropped():
    jobs = opened("a")
    result = specimen("result", job_id="a")
    assert jobs.heard(result) is result
    for late in (result, Failed("a", "x", "Too late."), Progress("a", 1, 2), Accepted("a", 1)):
        assert jobs.heard(late) is None


def test_a_cancelled_job_is_not_repeated_but_its_cancel_is():
    jobs = opened("a", "b")
    assert jobs.cancel("a")
    assert not jobs.cancel("unknown")
    assert jobs.to_repeat() == [Cancel("a"), request("b")]


def test_a_cancelled_job_that_the_backend_does_not_know_is_cancelled():
    jobs = opened("a", "b")
    jobs.cancel("a")
    gone = Failed("a", NO_SUCH_JOB, "You have no job of this id.")
    assert jobs.heard(gone) == Cancelled("a")
    not_cancelled = Failed("b", NO_SUCH_JOB, "You have no job of this id.")
    assert jobs.heard(not_cancelled) is not_cancelled


def test_an_id_asked_for_once_more_is_a_new_job():
    jobs = opened("a")
    jobs.heard(Cancelled("a"))
    jobs.asked(request("a"))
    assert jobs.to_repeat() == [request("a")]
    assert jobs.heard(Cancelled("a")) == Cancelled("a")


def test_what_is_about_no_job_of_ours_passes():
    jobs = opened("a")
    for other in (Status(1, "ready", "Ready."), Failed("", "x", "No."), Cancelled("b")):
        assert jobs.heard(other) is other


def test_only_so_many_answered_jobs_are_remembered():
    jobs = opened(*(str(i) for i in range(REMEMBERED + 1)))
    for i in range(REMEMBERED + 1):
        jobs.heard(Cancelled(str(i)))
    assert jobs.heard(Cancelled("0")) == Cancelled("0")
    assert jobs.heard(Cancelled("1")) is None
