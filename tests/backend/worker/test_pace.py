from __future__ import annotations

import pytest

from backend.worker.pace import PREVIEW_EVERY_S, Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_equal_steps_leave_the_time_of_those_that_follow() -> None:
    clock = Clock()
    pace = Pace(clock)
    left = []
    for step in range(1, 11):
        clock.now += 2.0
        left.append(pace.step_done(step / 10))
    assert left == pytest.approx([18, 16, 14, 12, 10, 8, 6, 4, 2, 0])
    assert pace.seconds() == 20


def test_dearer_steps_at_a_finer_scale_are_foreseen_through_the_fraction() -> None:
    clock = Clock()
    pace = Pace(clock)
    clock.now += 1.0
    assert pace.step_done(0.1) == pytest.approx(9)  # one short step, as much as 0.1 of the work
    clock.now += 4.0
    assert pace.step_done(0.5) == pytest.approx(5)


def test_a_change_of_speed_is_followed_within_a_few_steps() -> None:
    clock = Clock()
    pace = Pace(clock)
    for step in range(1, 31):
        clock.now += 1.0 if step <= 15 else 3.0
        left = pace.step_done(step / 40)
    assert left == pytest.approx(30)


def test_no_measurable_progress_is_not_yet_known() -> None:
    pace = Pace(Clock())
    assert pace.step_done(0.0) == -1


def test_the_first_preview_is_due_at_once_and_the_next_after_a_quarter_second() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.is_preview_due()
    clock.now += PREVIEW_EVERY_S / 2
    assert not pace.is_preview_due()
    clock.now += PREVIEW_EVERY_S / 2
    assert pace.is_preview_due()
