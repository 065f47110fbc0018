from __future__ import annotations

from collections import deque

import pytest

from backend.front.client_port import Peer
from backend.front.jobs import Job
from backend.front.waiting_time import UNKNOWN, WaitingTime, in_words
from tests.backend.front.running_front import edit_request

PEER = Peer(b"\0peer", "key")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def job(steps: int = 10, side: int = 8) -> Job:
    request = edit_request(side, side, steps=steps)
    made = Job(PEER, request, deque([request]), rank=1)
    made.started_at = 100.0
    return made


def learnt(seconds: float, steps: int = 10) -> tuple[WaitingTime, Clock]:
    """After one job of so many steps has taken so long; the clock stands where it began."""
    clock = Clock()
    times = WaitingTime(clock)
    times.done(edit_request(8, 8, steps=steps), seconds)
    return times, clock


def test_nothing_is_foretold_from_nothing() -> None:
    assert WaitingTime().until_start([], [job()]) == [UNKNOWN, UNKNOWN]
    assert WaitingTime().until_start([job()], [job()]) == [UNKNOWN, UNKNOWN]


def test_waiting_jobs_follow_each_other_at_the_pace_of_the_last() -> None:
    times, _ = learnt(5.0)
    assert times.until_start([job()], [job(20), job()]) == pytest.approx([5, 15, 20])


def test_the_running_jobs_own_word_counts_for_more_than_its_size() -> None:
    times, clock = learnt(5.0)
    running = job()
    running.seconds_left, running.seconds_left_at = 60.0, 100.0
    clock.now = 110.0
    assert times.until_start([running], [job()]) == pytest.approx([50, 55])


def test_a_job_that_runs_longer_than_foretold_is_due_now() -> None:
    times, clock = learnt(5.0)
    clock.now += 30.0
    assert times.until_start([job()], []) == [0.0]


def test_several_workers_share_the_queue() -> None:
    times, _ = learnt(6.0)
    running = [job(), job()]
    assert times.until_start(running, [job(), job()]) == pytest.approx([6, 9, 12])


def test_larger_pictures_count_for_more_and_tiny_ones_alike() -> None:
    times, _ = learnt(5.0)
    waiting = [job(side=128), job(side=512)]
    assert times.until_start([job()], waiting) == pytest.approx([5, 10, 30])


@pytest.mark.parametrize(
    ("seconds", "words"), [(UNKNOWN, ""), (0.2, "1 s"), (42.4, "42 s"), (200.0, "3 min")]
)
def test_times_are_told_roughly(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
