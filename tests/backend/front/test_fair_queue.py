from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.front.fair_queue import FairQueue

Filled = FairQueue[str, tuple[str, int]]


def filled(owners: str) -> Filled:
    """A queue of jobs (owner, number), put in this order."""
    queue: Filled = FairQueue()
    counts: Counter[str] = Counter()
    for owner in owners:
        queue.put(owner, (owner, counts[owner]))
        counts[owner] += 1
    return queue


def taken(queue: Filled) -> list[tuple[str, int]]:
    jobs = []
    while (job := queue.take()) is not None:
        jobs.append(job)
    return jobs


def test_clients_take_turns() -> None:
    names = "".join(owner for owner, _ in taken(filled("aaaabbc")))
    assert names == "abcabaa"


def test_a_client_that_was_just_served_goes_behind_one_that_waits() -> None:
    queue = filled("aab")
    assert queue.take() == ("a", 0)
    queue.put("c", ("c", 0))
    assert [owner for owner, _ in taken(queue)] == ["b", "a", "c"]


@given(st.text("abcd", max_size=30))
def test_the_order_told_is_the_order_taken(owners: str) -> None:
    queue = filled(owners)
    told = list(queue)
    assert len(told) == len(queue) == len(owners)
    assert taken(queue) == told


@given(st.text("abc", max_size=30))
def test_each_clients_own_jobs_keep_their_order_and_none_is_lost(owners: str) -> None:
    jobs = taken(filled(owners))
    for owner in "abc":
        assert [job for job in jobs if job[0] == owner] == [
            (owner, number) for number in range(owners.count(owner))
        ]


@given(st.text("abc", min_size=1, max_size=12), st.data())
def test_a_removed_job_is_the_only_one_not_taken(owners: str, data: st.DataObject) -> None:
    queue = filled(owners)
    job = data.draw(st.sampled_from(list(queue)))
    rest = [each for each in queue if each != job]
    queue.remove(job[0], job)
    assert len(queue) == len(rest)
    assert sorted(taken(queue)) == sorted(rest)


def test_removing_what_does_not_wait_is_an_error() -> None:
    queue = filled("ab")
    with pytest.raises(ValueError, match="not in"):
        queue.remove("a", ("a", 5))
    with pytest.raises(KeyError):
        queue.remove("z", ("z", 0))


@given(turns=st.lists(st.sampled_from("abc"), max_size=30), client=st.sampled_from("abcd"))
def test_the_place_foretold_is_the_one_the_next_job_gets(turns: list[str], client: str) -> None:
    queue: FairQueue[str, int] = FairQueue()
    for job, owner in enumerate(turns):
        queue.put(owner, job)
    foretold = queue.place_for(client)
    queue.put(client, -1)
    assert list(queue).index(-1) + 1 == foretold
