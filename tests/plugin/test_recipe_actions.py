"""The recipe of the active layer is used again: where it was, on a selection, in a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from sdedit.features.recipe_actions import (
    CheckRecipe,
    RecipeActions,
    RunAgain,
    RunOnSelection,
    SavePng,
    TakeSettings,
    Vary,
)
from sdedit.protocol.bounds import Bounds
from sdedit.protocol.recipes import recipe_from_text
from sdedit.studio import Wanted

from tests.plugin.desk import Desk

SELECTED = Bounds(4, 4, 10, 8)


@pytest.fixture
def recipe(desk: Desk) -> Desk:
    """A result of t0 0.45 and 3 steps is the active layer; the panel stands otherwise."""
    desk.core.add(RecipeActions(desk.core))
    desk.edit()
    desk.studio.document.active = "1"
    desk.core.change(t0=0.9, steps=5)
    desk.wait_for(lambda: "t0 0.45" in desk.state.recipe)
    return desk


def done(desk: Desk, command: object) -> Wanted:
    """Do it to its end; what was read for it."""
    desk.core.do(command)
    desk.wait_for(lambda: not desk.state.is_working)
    assert desk.studio.wanted is not None
    return desk.studio.wanted


def test_it_is_run_again_on_the_layer_it_was_made_from_and_not_on_its_own_result(
    recipe: Desk,
) -> None:
    recipe.studio.document.selection = SELECTED
    wanted = done(recipe, RunAgain())
    assert (wanted.layer, wanted.window) == ("paint", recipe.studio.document.canvas)
    assert not wanted.has_mask, "what is selected by now does not matter"
    assert recipe.studio.document.added[-1][0] == "SDEdit t0 0.45 seed 7"
    assert recipe.studio.recipe_of(1, "2")["steps"] == 3


def test_it_is_run_again_where_it_was_selected_then(recipe: Desk) -> None:
    document = recipe.studio.document
    document.recipes["1"]["mask_digest"] = "of some selection"
    document.added[0] = (*document.added[0][:2], SELECTED)
    recipe.core.look()
    wanted = done(recipe, RunAgain())
    assert wanted.mask_of == "1", "the result's own opacity is the mask"
    assert document.added[-1][2] == SELECTED


def test_it_is_varied_with_another_seed(recipe: Desk) -> None:
    done(recipe, Vary())
    assert recipe.studio.document.added[-1][0].startswith("SDEdit t0 0.45 seed ")
    assert recipe.studio.document.added[-1][0] != "SDEdit t0 0.45 seed 7"


def test_it_is_used_on_what_is_selected_now(recipe: Desk) -> None:
    assert not recipe.state.is_selected
    recipe.studio.document.selection = SELECTED
    recipe.core.look()
    assert recipe.state.is_selected
    wanted = done(recipe, RunOnSelection())
    assert (wanted.layer, wanted.has_mask, wanted.mask_of) == ("paint", True, "")
    assert recipe.studio.document.added[-1][2] == SELECTED
    assert recipe.studio.recipe_of(1, "2")["t0"] == 0.45


def test_its_settings_are_taken_over(recipe: Desk) -> None:
    recipe.core.do(TakeSettings())
    assert (recipe.core.settings.t0, recipe.core.settings.steps) == (0.45, 3)
    assert recipe.state.command.startswith("sdedit edit ")


def test_a_picture_is_saved_beside_its_document_with_the_recipe(
    recipe: Desk, tmp_path: Path
) -> None:
    assert recipe.state.png_file == "Unnamed - SDEdit t0 0.45 seed 7.png"
    recipe.studio.document.file = str(tmp_path / "a lake.kra")
    recipe.core.look()
    proposed = Path(recipe.state.png_file)
    assert proposed == tmp_path / "a lake - SDEdit t0 0.45 seed 7.png"
    recipe.core.do(SavePng(str(proposed)))
    assert proposed.name in recipe.state.status
    assert recipe_from_text(proposed.read_text()) == recipe.studio.recipe_of(1, "1")


def test_what_the_history_does_not_hold_cannot_be_checked_and_is_told(recipe: Desk) -> None:
    del recipe.studio.document.recipes["1"]["entry"]
    recipe.core.do(CheckRecipe())
    assert "does not hold" in recipe.state.status
