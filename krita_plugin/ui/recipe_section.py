"""What made the active layer, if it is a result, and what can be done with that."""

from __future__ import annotations

import functools
import os
from typing import Any

from ..features.recipe_actions import (
    CheckRecipe,
    RunAgain,
    RunOnSelection,
    SavePng,
    TakeSettings,
    Vary,
)
from ..i18n import _
from ..panel_state import PanelState
from ..qt import QtCore, QtWidgets
from ..slots import slot
from .labels import ElidedLabel
from .section import Row, Section, leave_keyboard_to_canvas, named

ACTIONS = (
    (
        _("Run again"),
        _("The same recipe where it was used, on the layer it started from, as that is now."),
        RunAgain(),
    ),
    (_("Vary"), _("The same, but with another seed."), Vary()),
    (
        _("Same recipe on this selection"),
        _("The same recipe on the layer it started from, inside what is selected now."),
        RunOnSelection(),
    ),
    (
        _("Use its settings"),
        _("Puts its settings into the panel; nothing is made yet."),
        TakeSettings(),
    ),
    (
        _("Check that it gives the same"),
        _("Makes the picture once more from what the history holds, and compares to the bit."),
        CheckRecipe(),
    ),
)


class RecipeSection(Section):
    """One line with a menu; seen only on layers that have a recipe."""

    def __init__(self) -> None:
        super().__init__()
        self._command = self._png_file = ""
        self._line = named(ElidedLabel(), "recipe")
        self._button = QtWidgets.QToolButton()
        self._button.setObjectName("sdedit_recipe_menu")
        self._button.setText("⋯")
        self._button.setAutoRaise(True)
        self._button.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self._button.setToolTip(self._line.toolTip())
        self._button.setAccessibleName(self._line.accessibleName())
        menu = QtWidgets.QMenu(self._button)
        menu.setObjectName("sdedit_recipe_actions")
        menu.setToolTipsVisible(True)
        for text, tip, command in ACTIONS:
            action = _add(menu, text, tip)
            action.triggered.connect(functools.partial(self._ask, command))
            if isinstance(command, RunOnSelection):
                self._on_selection = action
        menu.addSeparator()
        copying = _("Copies the line for a terminal that makes the picture again.")
        _add(menu, _("Copy as a command"), copying).triggered.connect(self._copy)
        saving = _(
            "Saves all that is visible as a PNG file, with this recipe in it. Krita's own export\n"
            "leaves the recipe out; 'sdedit recipe' and 'sdedit verify' read it."
        )
        _add(menu, _("Save as PNG with the recipe…"), saving).triggered.connect(self._save)
        self._button.setMenu(menu)
        leave_keyboard_to_canvas(self._button)

    def rows(self) -> list[Row]:
        both = QtWidgets.QWidget()
        layout = QtWidgets.QHBoxLayout(both)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._line, 1)
        layout.addWidget(self._button)
        self._row = Row(_("Recipe"), both, self._line)
        return [self._row]

    def show_state(self, state: PanelState) -> None:
        self._row.want(bool(state.recipe))
        self._line.setText(state.recipe)
        self._line.setToolTip(state.recipe)
        self._command, self._png_file = state.command, state.png_file
        self._on_selection.setEnabled(state.is_selected)

    @slot
    def _ask(self, command: object) -> None:
        self.asked.emit(command)

    @slot
    def _copy(self) -> None:
        QtWidgets.QApplication.clipboard().setText(self._command)

    @slot
    def _save(self) -> None:
        """Ask where. Krita goes on meanwhile: no loop of our own waits for the answer."""
        standard = QtCore.QStandardPaths
        pictures = standard.writableLocation(standard.StandardLocation.PicturesLocation)
        dialog = QtWidgets.QFileDialog(self._button.window(), _("Save as PNG with the recipe"))
        dialog.setObjectName("sdedit_save_png")
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QtWidgets.QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(_("PNG pictures") + " (*.png)")
        dialog.setDefaultSuffix("png")
        dialog.selectFile(os.path.join(pictures, self._png_file))
        dialog.fileSelected.connect(self._chosen)
        dialog.open()

    @slot
    def _chosen(self, path: str) -> None:
        self.asked.emit(SavePng(path))


def _add(menu: QtWidgets.QMenu, text: str, tip: str) -> Any:
    action = menu.addAction(text)
    action.setToolTip(tip)
    return action
