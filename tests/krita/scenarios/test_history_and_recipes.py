"""Earlier results and recipes, used by hand in the docker."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.backend.cli.sdedit_command import sdedit
from tests.krita.paintings import rough_landscape
from tests.krita.sdedit_docker import EDIT_TIMEOUT_S, REACTION_TIMEOUT_S, SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)
IS_THERE = "any(node.name() == name for node in documents.active().topLevelNodes())"


@pytest.fixture
def painting(krita: KritaSession) -> None:
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, rough_landscape(WIDTH, HEIGHT))


def turn_to(krita: KritaSession, tab: str) -> None:
    krita.hand.click_part("sdedit_tabs", tab)


@pytest.mark.usefixtures("painting")
def test_an_earlier_result_is_a_layer_again_after_a_double_click(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.set(t0=0.3)
    first = docker.generate()
    pixels = krita.documents.layer_pixels(first.name, WHOLE)
    docker.set(t0=0.6)
    docker.generate()
    turn_to(krita, "History")
    krita.wait_until("len(widgets.state('sdedit_history')['items']) == 2", EDIT_TIMEOUT_S)
    krita.documents.remove_layer(first.name)
    krita.screenshot("history")
    krita.hand.click_part("sdedit_history", "t0 0.30", times=2)
    krita.wait_until(IS_THERE, EDIT_TIMEOUT_S, name=first.name)
    again = krita.documents.layer_pixels(first.name, WHOLE)
    assert np.array_equal(again, pixels), "to the bit"
    turn_to(krita, "Preview")


@pytest.mark.usefixtures("painting")
def test_a_results_recipe_is_checked_run_again_and_copied(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.set(t0=0.4, seed=11)
    made = docker.generate()
    krita.documents.activate_layer(made.name)
    krita.wait_until("'t0 0.4' in widgets.state('sdedit_recipe')['text']", REACTION_TIMEOUT_S)
    krita.screenshot("recipe", of="sdedit_docker")

    krita.hand.click("sdedit_recipe_menu")
    krita.wait_until("widgets.popup_is_open()", REACTION_TIMEOUT_S)
    krita.screenshot("recipe-menu")
    krita.hand.click_part("sdedit_recipe_actions", "Check that it gives the same")
    docker.await_words("bit", EDIT_TIMEOUT_S)

    krita.hand.click("sdedit_recipe_menu")
    krita.hand.click_part("sdedit_recipe_actions", "Copy as a command")
    krita.wait_until(
        "QtWidgets.QApplication.clipboard().text().startswith('sdedit edit ')", REACTION_TIMEOUT_S
    )


def choose_action(krita: KritaSession, action: str) -> None:
    """An action of the active layer's recipe."""
    krita.wait_until("'t0' in widgets.state('sdedit_recipe')['text']", REACTION_TIMEOUT_S)
    krita.hand.click("sdedit_recipe_menu")
    krita.wait_until("widgets.popup_is_open()", REACTION_TIMEOUT_S)
    krita.hand.click_part("sdedit_recipe_actions", action)


def test_a_recipe_is_run_again_where_it_was_and_used_on_another_selection(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    painting = rough_landscape(WIDTH, HEIGHT)
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, painting)
    first, other = (20, 30, 64, 48), (100, 16, 48, 64)
    values = np.full(first[3:1:-1], 255, np.uint8)
    values[:, :16] = 120
    krita.documents.select_softly(first, values)
    name = docker.generate().name
    krita.documents.activate_layer(name)
    krita.run("documents.active().activeNode().setName('first')")
    pixels = krita.documents.layer_pixels("first", WHOLE)

    krita.documents.select(other)
    krita.wait_until("documents.active().selection().x() == 100", REACTION_TIMEOUT_S)
    choose_action(krita, "Same recipe on this selection")
    krita.wait_until(IS_THERE, EDIT_TIMEOUT_S, name=name)
    changed = krita.documents.layer_pixels(name, WHOLE)[..., 3] > 0
    assert changed[16:80, 100:148].all()
    assert changed.sum() == 48 * 64

    krita.documents.remove_layer(name)
    choose_action(krita, "Run again")
    krita.wait_until(IS_THERE, EDIT_TIMEOUT_S, name=name)
    again = krita.documents.layer_pixels(name, WHOLE)
    assert np.array_equal(again, pixels), "soft edge and all, to the bit"
    krita.documents.clear_selection()


@pytest.mark.usefixtures("painting")
def test_a_picture_saved_with_its_recipe_is_verified_by_the_command(
    krita: KritaSession, docker: SDEditDocker, tmp_path: Path
) -> None:
    krita.documents.save_as(tmp_path / "lake.kra")
    made = docker.generate()
    krita.documents.activate_layer(made.name)
    before = krita.documents.fingerprint()
    choose_action(krita, "Save as PNG with the recipe…")
    krita.wait_until("widgets.is_there('sdedit_save_png')", REACTION_TIMEOUT_S)
    krita.screenshot("save-png")
    krita.hand.press_keys("Return")
    docker.await_words("with the recipe in it", REACTION_TIMEOUT_S)
    assert krita.documents.fingerprint() == before
    saved = tmp_path / f"lake - {made.name}.png"
    assert [path.name for path in tmp_path.glob("*.png")] == [saved.name]

    with Image.open(saved) as picture:
        assert picture.info["icc_profile"]
        assert np.array_equal(np.asarray(picture), krita.documents.projection())
    told = sdedit(tmp_path, "recipe", saved.name)
    recipe = json.loads(told.stdout.rsplit("\n\n", 1)[0])
    assert (recipe["seed"], recipe["steps"], recipe["t0"]) == (7, 4, 0.45)
    Image.fromarray(rough_landscape(WIDTH, HEIGHT)).save(tmp_path / "painting.png")
    verified = sdedit(tmp_path, "verify", saved.name, "painting.png")
    assert "to the bit" in verified.stdout, verified.stdout + verified.stderr


@pytest.mark.usefixtures("painting")
def test_results_come_into_a_group_or_in_place_of_the_last_if_so_wished(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.hand.click("sdedit_more")
    krita.hand.choose("sdedit_place", "Into a group")
    docker.press()
    docker.await_end()
    docker.set(seed=8)
    docker.press()
    docker.await_end()
    top = krita.run(
        "[[node.name(), [child.name() for child in node.childNodes()]]"
        " for node in app.activeDocument().topLevelNodes()]"
    )
    assert top == [
        ["Background", []],
        ["SDEdit", ["SDEdit t0 0.45 seed 7", "SDEdit t0 0.45 seed 8"]],
    ]
    krita.hand.choose("sdedit_place", "Instead of the last")
    krita.documents.remove_layer("SDEdit")
    docker.set(seed=9)
    docker.generate()
    docker.set(seed=10)
    docker.press()
    docker.await_end()
    names = krita.run("[node.name() for node in app.activeDocument().topLevelNodes()]")
    assert names == ["Background", "SDEdit t0 0.45 seed 10"]
    krita.hand.choose("sdedit_place", "New layer")
    krita.hand.click("sdedit_more")
