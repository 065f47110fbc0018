"""Earlier results are listed, used again and forgotten, through the real front and its history."""

from __future__ import annotations

import pytest
from sdedit.features.history import Forget, HistoryList, ShowHistory, UseAgain
from sdedit.features.recipe_actions import RecipeActions
from sdedit.settings import INTO_GROUP

from tests.plugin.desk import Desk
from tests.plugin.memory_studio import MemoryDocument


@pytest.fixture
def history(desk: Desk) -> Desk:
    """Two edits have been made, and the history is looked at."""
    desk.core.add(HistoryList(desk.core))
    desk.core.add(RecipeActions(desk.core))
    desk.edit()
    desk.core.change(t0=0.3)
    desk.edit()
    desk.core.do(ShowHistory(True))
    desk.wait_for(lambda: len(desk.state.history) == 2)
    return desk


def test_it_lists_what_was_made_the_newest_first(history: Desk) -> None:
    assert [(past.t0, past.seed) for past in history.state.history] == [(0.3, 7), (0.45, 7)]


def test_what_is_made_while_it_is_looked_at_comes_into_it(history: Desk) -> None:
    history.core.change(t0=0.6)
    history.edit()
    history.wait_for(lambda: len(history.state.history) == 3)
    assert history.state.history[0].t0 == 0.6


def test_an_earlier_result_becomes_a_layer_again_with_its_recipe(history: Desk) -> None:
    first = history.state.history[-1]
    history.core.change(place=INTO_GROUP)
    history.core.do(UseAgain(first.entry, first.nth))
    history.wait_for(lambda: len(history.studio.document.added) == 3)
    made, again = history.studio.document.added[0], history.studio.document.added[2]
    assert again[0] == made[0] == "SDEdit t0 0.45 seed 7"
    assert bytes(again[1].data) == bytes(made[1].data)
    assert history.studio.document.places[-1] == INTO_GROUP
    recipes = history.studio.document.recipes
    assert recipes["3"] == recipes["1"]


def test_what_is_forgotten_is_gone(history: Desk) -> None:
    newest = history.state.history[0]
    history.core.do(Forget(newest.entry))
    history.wait_for(lambda: len(history.state.history) == 1)
    assert history.state.history[0].entry != newest.entry


def test_another_documents_history_is_its_own(history: Desk) -> None:
    history.studio.open[2] = MemoryDocument()
    history.studio.active = 2
    history.core.look()
    assert not history.state.history
    history.edit()
    history.wait_for(lambda: len(history.state.history) == 1)
    history.studio.active = 1
    history.wait_for(lambda: len(history.state.history) == 2)


def test_a_result_that_had_to_make_room_is_told_in_a_sentence(history: Desk) -> None:
    past = history.state.history[0]
    history.core.do(Forget(past.entry))
    history.core.do(UseAgain(past.entry, 0))
    history.wait_for_status("no longer there")
