"""Five choices between two pictures lead to the artist's own t0."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sdedit.comparison import CHOICES, HIGHEST, LOWEST, Comparison
from sdedit.features.auto_t0 import AskForT0
from sdedit.features.compare import BeginComparison, Choose
from sdedit.features.strip import Keep, MakeStrip, PointAt, PutAway
from sdedit.gallery import Candidate

from tests.backend.front.scripted_worker import PROPOSED_BECAUSE, PROPOSED_T0
from tests.plugin.desk import Desk
from tests.plugin.memory_studio import MemoryDocument


def do(desk: Desk, command: object) -> None:
    desk.core.do(command)
    desk.wait_for(lambda: not desk.state.is_working)


def shown_t0s(desk: Desk) -> list[float]:
    return [candidate.t0 for candidate in desk.state.gallery.candidates]


def choose_towards(desk: Desk, own: float) -> None:
    """Choose as an artist whose own t0 this is."""
    left, right = shown_t0s(desk)
    do(desk, Choose(more_real=abs(right - own) < abs(left - own)))


@given(st.floats(LOWEST, HIGHEST))
def test_five_choices_come_near_to_any_t0(own: float) -> None:
    comparison = Comparison()
    made = 0
    while not comparison.is_over:
        new = tuple(Candidate(None, None, t0, 7, None) for t0 in comparison.missing)  # type: ignore[arg-type]
        made += len(new)
        comparison = comparison.with_pictures(new) if new else comparison
        left, right = comparison.pair
        comparison = comparison.chosen(more_real=abs(right - own) < abs(left - own))
    assert abs(comparison.winner.t0 - own) < 0.05
    assert made == CHOICES + 1, "two for the first choice, one for each further one"


def test_a_comparison_ends_with_t0_set_and_its_pictures_as_a_strip(desk: Desk) -> None:
    do(desk, BeginComparison())
    assert desk.state.status == "Which is nearer to what you want?"
    assert shown_t0s(desk) == pytest.approx([0.429, 0.571])
    for nth in range(1, CHOICES + 1):
        assert desk.state.gallery.question == f"Choice {nth} of 5"
        choose_towards(desk, own=0.35)
    assert desk.state.settings.t0 == pytest.approx(0.35, abs=0.05)
    assert desk.state.status.startswith("Your t0 is 0.3")
    view = desk.state.gallery
    assert view.question == ""
    assert len(view.candidates) == CHOICES + 1
    assert shown_t0s(desk) == sorted(shown_t0s(desk))
    assert view.candidates[view.chosen].t0 == desk.state.settings.t0
    assert desk.studio.document.added == []
    do(desk, Keep())
    assert len(desk.studio.document.added) == 1


def test_all_its_pictures_are_of_the_same_noise(desk: Desk) -> None:
    desk.core.change(is_seed_random=True)
    do(desk, BeginComparison())
    do(desk, Choose(more_real=True))
    do(desk, Choose(more_real=False))
    assert len({candidate.seed for candidate in desk.state.gallery.candidates}) == 1


def test_a_pair_is_shown_over_the_canvas_too(desk: Desk) -> None:
    do(desk, BeginComparison())
    desk.core.do(PointAt(1))
    assert desk.state.on_canvas is not None


def test_while_the_next_picture_is_made_no_choice_counts_and_cancel_leaves_the_pair(
    desk: Desk,
) -> None:
    do(desk, BeginComparison())
    desk.core.change(steps=200)
    pair = shown_t0s(desk)
    desk.core.do(Choose(more_real=True))
    desk.wait_for_status(" %")
    assert desk.state.gallery.is_waiting
    desk.core.do(Choose(more_real=False))
    desk.core.cancel()
    desk.wait_for(lambda: not desk.state.is_working)
    assert not desk.state.gallery.is_waiting
    assert shown_t0s(desk) == pair
    desk.core.change(steps=3)
    do(desk, Choose(more_real=True))
    assert shown_t0s(desk)[0] == pair[1]
    assert desk.state.gallery.question == "Choice 2 of 5"


def test_put_away_while_a_picture_is_made_it_does_not_come_back(desk: Desk) -> None:
    do(desk, BeginComparison())
    desk.core.do(Choose(more_real=True))
    do(desk, PutAway())
    assert desk.state.gallery.candidates == ()


def test_a_strip_ends_a_comparison(desk: Desk) -> None:
    do(desk, BeginComparison())
    do(desk, MakeStrip())
    assert desk.state.gallery.question == ""
    desk.core.do(Choose(more_real=True))
    assert not desk.state.is_working


def test_auto_moves_the_slider_and_says_why(desk: Desk) -> None:
    do(desk, AskForT0())
    assert desk.state.settings.t0 == PROPOSED_T0
    assert desk.state.status == PROPOSED_BECAUSE


def test_each_document_keeps_its_t0_while_it_is_open(desk: Desk) -> None:
    do(desk, AskForT0())
    desk.studio.open[2] = MemoryDocument()
    desk.studio.active = 2
    desk.core.look()
    assert desk.state.settings.t0 == PROPOSED_T0, "a new one begins with what was there"
    desk.core.change(t0=0.6)
    desk.studio.active = 1
    desk.core.look()
    assert desk.state.settings.t0 == PROPOSED_T0
    desk.studio.active = 2
    desk.core.look()
    assert desk.state.settings.t0 == 0.6


@pytest.mark.parametrize(
    ("recipe", "t0"),
    [
        ({"t0": 0.37, "seed": 7}, 0.37),
        ({"t0": 0.45, "t0s": "0.25 0.65", "picture": 2}, 0.65),
        ({"t0": "much"}, 0.45),
        ({"t0": float("nan")}, 0.45),
        ({"picture": "first"}, 0.45),
        ({}, 0.45),
    ],
)
def test_a_document_opened_again_begins_with_the_t0_of_its_last_layer(
    desk: Desk, recipe: dict[str, object], t0: float
) -> None:
    desk.studio.open[2] = MemoryDocument(recipes={"1": {"t0": 0.9}, "2": recipe})
    desk.studio.active = 2
    desk.core.look()
    assert desk.state.settings.t0 == t0
