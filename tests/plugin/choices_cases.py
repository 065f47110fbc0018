"""Run by `test_panel` once for each Qt: what is chosen in a panel's sections and asked."""

# ruff: noqa: F811 (a fixture comes from `panel_cases`)
from __future__ import annotations

from dataclasses import replace

import pytest
from sdedit.commands import Change
from sdedit.features.frames import ChooseFrames, MakeFrames
from sdedit.features.model_choice import ChooseModel
from sdedit.features.outline import PointAtArea
from sdedit.features.recipe_actions import RunOnSelection, SavePng
from sdedit.features.t0_map_choice import ChooseT0Map, ListT0Maps
from sdedit.features.way_choice import ChooseWay
from sdedit.model_facts import ModelFacts
from sdedit.panel_state import PanelState
from sdedit.qt import QtCore, QtGui, QtWidgets
from sdedit.settings import ALONE, Settings
from sdedit.studio import NamedLayer
from sdedit.ui.model_section import facts_in_words
from sdedit.ui.panel import Panel
from sdedit.ways import Way

from tests.plugin.panel_cases import (
    CALM,
    NARROW_PX,
    find,
    panel,  # noqa: F401 (a fixture)
)

LANDSCAPE = ModelFacts("landscape", "Landscapes", "GPL-3.0", 256, "VE", nbytes=38_000_000)
CLASSES = ModelFacts("imagenet", "A thousand things", "MIT", 256, "VP", classes=1000)
WORDS = ModelFacts("sd", "By words", "OpenRAIL", 512, "VP", takes_prompt=True)
CHOICE = replace(CALM, models=(LANDSCAPE, CLASSES, WORDS))


def chosen(name: str) -> PanelState:
    return replace(CHOICE, settings=Settings(model=name))


def test_one_model_is_no_choice_and_takes_no_room(panel: Panel) -> None:
    panel.show_state(replace(CALM, models=(LANDSCAPE,)))
    for name in ("model", "label", "prompt", "negative_prompt", "guidance_scale"):
        assert not find(panel, name).isVisible()


def test_a_model_is_asked_only_for_what_it_takes(panel: Panel) -> None:
    seen = {}
    for name in ("landscape", "imagenet", "sd"):
        panel.show_state(chosen(name))
        fields = ("label", "prompt", "negative_prompt", "guidance_scale")
        seen[name] = [field for field in fields if find(panel, field).isVisible()]
    assert seen == {
        "landscape": [],
        "imagenet": ["label"],
        "sd": ["prompt", "negative_prompt", "guidance_scale"],
    }


def test_choosing_a_model_and_telling_it_things_is_said(panel: Panel) -> None:
    heard: list[object] = []
    panel.asked.connect(heard.append)
    panel.show_state(chosen("sd"))
    find(panel, "model").setCurrentIndex(1)
    find(panel, "model").activated.emit(1)
    find(panel, "prompt").setText(" a lake ")
    find(panel, "prompt").editingFinished.emit()
    assert heard == [
        ChooseModel("imagenet"),
        Change({"label": "", "prompt": "a lake", "negative_prompt": ""}),
    ]


def test_licence_size_scale_and_sde_are_told_of_the_chosen_model() -> None:
    assert facts_in_words(LANDSCAPE) == "GPL-3.0 · 38 MB · 256 px · VE-SDE"
    assert facts_in_words(ModelFacts("a", "A")) == ""


def test_guide_and_way_are_chosen_with_a_click_each(panel: Panel) -> None:
    ways = {way: find(panel, f"way_{way.value}") for way in Way}
    assert not find(panel, "guide").isEnabled(), "no document is open"
    assert not any(button.isEnabled() or button.isChecked() for button in ways.values())
    panel.show_state(replace(CALM, way=Way.LOCAL, possible_ways=(Way.LOCAL, Way.BLEND)))
    assert [button.isChecked() for button in ways.values()] == [False, True, False]
    assert [button.isEnabled() for button in ways.values()] == [False, True, True]
    heard: list[object] = []
    panel.asked.connect(heard.append)
    ways[Way.BLEND].click()
    assert [button.isChecked() for button in ways.values()] == [False, False, True]
    guide = find(panel, "guide")
    guide.setCurrentIndex(1)
    guide.activated.emit(1)
    assert heard == [ChooseWay(Way.BLEND), Change({"guide": ALONE})]


def test_the_layers_for_a_t0_map_are_looked_up_when_the_list_opens(panel: Panel) -> None:
    layers = find(panel, "t0_map")
    assert not layers.isVisible()
    find(panel, "more").click()
    assert layers.isVisible()
    found = (NamedLayer("{1}", "fog"), NamedLayer("{2}", "fog"))
    known = replace(CALM, way=Way.REFINE, t0_map_layers=found)
    heard: list[object] = []

    def answer(command: object) -> None:
        heard.append(command)
        if command == ListT0Maps():
            panel.show_state(known)

    panel.asked.connect(answer)
    panel.show_state(replace(CALM, way=Way.REFINE))
    layers.showPopup()
    layers.hidePopup()
    assert [layers.itemText(row) for row in range(layers.count())] == ["None", "fog", "fog"]
    layers.setCurrentIndex(2)
    layers.activated.emit(2)
    assert heard == [ListT0Maps(), ChooseT0Map("{2}")]
    panel.show_state(replace(known, t0_map="{2}"))
    assert layers.currentIndex() == 2
    assert find(panel, "t0_word").text() == "by the map"


def test_a_range_of_frames_is_offered_only_where_there_is_an_animation(panel: Panel) -> None:
    find(panel, "more").click()
    first, last, make = (find(panel, n) for n in ("first_frame", "last_frame", "make_frames"))
    assert not make.isVisible()
    panel.show_state(replace(CALM, frames=(12, 24)))
    assert make.isVisible()
    assert (first.value(), last.value()) == (12, 24)
    assert panel.minimumSizeHint().width() <= NARROW_PX
    heard: list[object] = []
    panel.asked.connect(heard.append)
    last.setValue(30)
    make.click()
    assert heard == [ChooseFrames(12, 30), MakeFrames()]
    panel.show_state(replace(CALM, frames=(12, 30), is_working=True))
    assert not make.isEnabled()
    panel.show_state(CALM)
    assert not first.isVisible()


@pytest.mark.parametrize("name", ["area", "generate"])
def test_the_pointer_over_area_and_button_is_said(panel: Panel, application, name: str) -> None:
    heard: list[object] = []
    panel.asked.connect(heard.append)
    widget, place = find(panel, name), QtCore.QPointF(5, 5)
    application.sendEvent(widget, QtGui.QEnterEvent(place, place, place))
    application.sendEvent(widget, QtCore.QEvent(QtCore.QEvent.Type.Leave))
    assert heard == [PointAtArea(True), PointAtArea(False)]


RECIPE = replace(CALM, recipe="landscape · t0 0.45", png_file="/nowhere/a painting - t0.png")


def actions(panel: Panel) -> dict[str, object]:
    (menu,) = panel.findChildren(QtWidgets.QMenu, "sdedit_recipe_actions")
    assert all(len(action.toolTip()) > 20 for action in menu.actions() if action.text())
    return {action.text(): action for action in menu.actions()}


def test_a_recipe_is_for_a_selection_only_where_there_is_one(panel: Panel) -> None:
    heard: list[object] = []
    panel.asked.connect(heard.append)
    panel.show_state(RECIPE)
    action = actions(panel)["Same recipe on this selection"]
    assert not action.isEnabled()
    panel.show_state(replace(RECIPE, is_selected=True))
    action.trigger()
    assert heard == [RunOnSelection()]


def test_a_file_beside_the_document_is_proposed_and_the_chosen_one_asked_for(
    panel: Panel, application, tmp_path
) -> None:
    heard: list[object] = []
    panel.asked.connect(heard.append)
    path = str(tmp_path / "a painting - t0.png")
    panel.show_state(replace(RECIPE, png_file=path))
    actions(panel)["Save as PNG with the recipe…"].trigger()
    dialog = panel.window().findChild(QtWidgets.QFileDialog, "sdedit_save_png")
    assert dialog.selectedFiles() == [path]
    dialog.accept()
    application.processEvents()
    assert SavePng(path) in heard
