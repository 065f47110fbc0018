"""Long work comes in short steps, and can be finished at once or given up at any of them."""

from __future__ import annotations

import time
from collections.abc import Generator

import pytest
from sdedit.short_steps import STEP_S, ShortSteps


def counting(parts: int, seconds: float, done: list[str]) -> Generator[None, None, int]:
    try:
        for _ in range(parts):
            time.sleep(seconds)
            done.append("part")
            yield
        return parts
    finally:
        done.append("cleaned up")


def test_each_step_ends_with_the_part_in_which_its_time_is_over() -> None:
    done: list[str] = []
    steps = ShortSteps(counting(3, STEP_S, done))
    for count in (1, 2, 3):
        assert not steps.advance()
        assert done == ["part"] * count
        assert steps.outcome is None
    assert steps.advance()
    assert steps.outcome == 3


def test_parts_that_take_no_time_share_a_step() -> None:
    done: list[str] = []
    steps = ShortSteps(counting(20, 0, done))
    assert steps.advance(seconds=60)
    assert steps.outcome == 20


def test_finishing_does_all_that_is_left() -> None:
    steps = ShortSteps(counting(5, STEP_S, []))
    steps.advance()
    steps.finish()
    assert steps.outcome == 5


def test_work_that_is_given_up_cleans_up() -> None:
    done: list[str] = []
    steps = ShortSteps(counting(5, STEP_S, done))
    steps.advance()
    steps.close()
    assert done == ["part", "cleaned up"]


def test_an_error_of_the_work_passes_through() -> None:
    def failing() -> Generator[None, None, None]:
        yield
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        ShortSteps(failing()).finish()
