"""Run by `test_panel` once for each Qt and language: the panel in other words than English."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sdedit import notices, wording
from sdedit.gallery import GalleryView
from sdedit.panel_state import Mood
from sdedit.qt import QtWidgets
from sdedit.ui.labels import shortened
from sdedit.ui.panel import Panel
from sdedit.ui.settings_dialog import SettingsDialog
from sdedit.ways import Choices

from tests.plugin.full_panel import FACTS, full_state

LANGUAGE = os.environ["SDEDIT_TEST_LANGUAGE"]
NARROW_PX = 250
GENERATE = {"de": "Erzeugen", "ja": "生成", "ko": "생성"}


@pytest.fixture
def panel(application: QtWidgets.QApplication) -> Iterator[Panel]:
    panel = Panel(full_state())
    panel.findChild(QtWidgets.QToolButton, "sdedit_more").setChecked(True)
    panel.resize(NARROW_PX, panel.heightForWidth(NARROW_PX))
    panel.show()
    application.processEvents()
    yield panel
    panel.close()


def test_the_panel_speaks_it(panel: Panel) -> None:
    assert panel.findChild(QtWidgets.QPushButton, "sdedit_generate").text() == GENERATE[LANGUAGE]
    assert notices.CANCELLED.sentence != "Cancelled. The document is as it was."


def test_all_of_it_fits_a_narrow_docker(panel: Panel, application) -> None:
    assert panel.minimumSizeHint().width() <= NARROW_PX
    pair = GalleryView(full_state().gallery.candidates[:2], question="1")
    asking = replace(full_state(), gallery=pair, mood=Mood.PROBLEM, is_working=True)
    panel.show_state(asking)
    application.processEvents()
    assert panel.minimumSizeHint().width() <= NARROW_PX


def test_no_word_on_a_button_or_label_is_cut_off(panel: Panel) -> None:
    kinds = (QtWidgets.QAbstractButton, QtWidgets.QLabel)
    shown = [widget for kind in kinds for widget in panel.findChildren(kind) if widget.isVisible()]
    assert len(shown) > 25
    for widget in shown:
        # Those that are shortened with … ask for no room.
        assert widget.width() >= widget.minimumSizeHint().width(), widget.text()


def test_of_a_line_with_a_name_the_name_alone_gets_shorter(panel: Panel) -> None:
    facts = replace(FACTS, layer_name="A layer whose name goes on and on", is_group=True)
    line = wording.guide(facts, Choices())
    metrics = panel.fontMetrics()
    short = shortened(line, metrics, round(0.8 * metrics.horizontalAdvance(line)))
    before, _, after = line.partition(facts.layer_name)
    assert len(before) > 3
    assert short.startswith(before)
    assert short.endswith(after)
    assert "…" in short[len(before) : -len(after)]


def test_the_settings_window_is_no_wider_than_a_small_screen(application) -> None:
    parent = QtWidgets.QWidget()
    dialog = SettingsDialog(parent, "/home/artist/.local/share/sdedit/keys", "/models")
    dialog.show_state(full_state())
    dialog.show()
    application.processEvents()
    assert dialog.minimumSizeHint().width() <= 640
    dialog.close()
