"""Earlier results and recipes, used by hand in the docker."""

from __future__ import annotations

import numpy as np
import pytest

from tests.krita.paintings import rough_landscape
from tests.krita.sdedit_docker import EDIT_TIMEOUT_S, REACTION_TIMEOUT_S, SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)


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
    krita.wait_until(
        f"any(node.name() == {first.name!r} for node in app.activeDocument().topLevelNodes())",
        EDIT_TIMEOUT_S,
    )
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
