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


def test_a_lower_rank_comes_first_and_each_rank_has_its_own_turn() -> None:
    queue: Filled = FairQueue()
    for owner, number, rank in [("a", 0, 2), ("a", 1, 1), ("a", 2, 1), ("b", 0, 1), ("b", 1, 0)]:
        queue.put(owner, (owner, number), rank)
    expected = [("b", 1), ("a", 1), ("b", 0), ("a", 2), ("a", 0)]
    assert list(queue) == expected
    assert taken(queue) == expected


def test_a_job_put_back_is_its_clients_next_but_others_have_their_turn_first() -> None:
    queue = filled("aab")
    job = queue.take()
    assert job == ("a", 0)
    queue.put_back("a", job)
    assert taken(queue) == [("b", 0), ("a", 0), ("a", 1)]


RANKED = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=20)


@given(put=RANKED, client=st.sampled_from("abcd"), rank=st.integers(0, 2))
def test_the_place_foretold_counts_all_better_ranks(
    put: list[tuple[str, int]], client: str, rank: int
) -> None:
    queue: FairQueue[str, int] = FairQueue()
    for job, (owner, of_rank) in enumerate(put):
        queue.put(owner, job, of_rank)
    foretold = queue.place_for(client, rank)
    queue.put(client, -1, rank)
    assert list(queue).index(-1) + 1 == foretold
    queue.remove(client, -1, rank)
    assert len(queue) == len(put)
