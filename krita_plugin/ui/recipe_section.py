"""What made the active layer, if it is a result, and what can be done with that."""

from __future__ import annotations

import functools

from ..features.recipe_actions import CheckRecipe, RunAgain, TakeSettings, Vary
from ..i18n import _
from ..panel_state import PanelState
from ..qt import QtWidgets
from ..slots import slot
from .labels import ElidedLabel
from .section import Row, Section, leave_keyboard_to_canvas, named

ACTIONS = (
    (_("Run again"), RunAgain()),
    (_("Vary"), Vary()),
    (_("Use its settings"), TakeSettings()),
    (_("Check that it gives the same"), CheckRecipe()),
)


class RecipeSection(Section):
    """One line with a menu; seen only on layers that have a recipe."""

    def __init__(self) -> None:
        super().__init__()
        self._command = ""
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
        for text, command in ACTIONS:
            menu.addAction(text).triggered.connect(functools.partial(self._ask, command))
        menu.addSeparator()
        menu.addAction(_("Copy as a command")).triggered.connect(self._copy)
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
        self._command = state.command

    @slot
    def _ask(self, command: object) -> None:
        self.asked.emit(command)

    @slot
    def _copy(self) -> None:
        QtWidgets.QApplication.clipboard().setText(self._command)
