"""How a picture is made: the number of steps, and the seed of its chance."""

from __future__ import annotations

from ..commands import Change
from ..i18n import _
from ..panel_state import PanelState
from ..qt import QtWidgets
from ..settings import SEED_MAX, STEPS_MAX, STEPS_MIN
from ..slots import slot
from .number_field import NumberField
from .section import (
    Row,
    Section,
    give_back_keyboard,
    leave_keyboard_to_canvas,
    named,
    show_value,
)


class SamplingSection(Section):
    """Steps, and a seed that is fixed or new for each picture."""

    def __init__(self) -> None:
        super().__init__()
        self._steps = named(NumberField(STEPS_MIN, STEPS_MAX), "steps")
        self._seed = named(NumberField(0, SEED_MAX), "seed")
        # The arrow keys still step it; ten digits need the room.
        self._seed.setButtonSymbols(QtWidgets.QAbstractSpinBox.ButtonSymbols.NoButtons)
        self._is_random = named(QtWidgets.QCheckBox(_("Random")), "seed_random")
        self._steps.valueChanged.connect(self._steps_typed)
        self._seed.valueChanged.connect(self._seed_typed)
        self._is_random.toggled.connect(self._random_toggled)
        leave_keyboard_to_canvas(self._is_random)

    def rows(self) -> list[Row]:
        return [
            Row(_("Steps"), _in_a_row(self._steps), self._steps),
            Row(_("Seed"), _in_a_row(self._seed, self._is_random), self._seed),
        ]

    def show_state(self, state: PanelState) -> None:
        settings = state.settings
        show_value(self._steps, self._steps.value(), self._steps.setValue, settings.steps)
        show_value(self._seed, self._seed.value(), self._seed.setValue, settings.seed)
        is_random = self._is_random
        show_value(is_random, is_random.isChecked(), is_random.setChecked, settings.is_seed_random)
        self._seed.setEnabled(not settings.is_seed_random)

    def take_typed(self) -> None:
        give_back_keyboard(self._steps, self._seed)

    @slot
    def _steps_typed(self) -> None:
        self.asked.emit(Change({"steps": self._steps.value()}))

    @slot
    def _seed_typed(self) -> None:
        self.asked.emit(Change({"seed": self._seed.value()}))

    @slot
    def _random_toggled(self) -> None:
        self.asked.emit(Change({"is_seed_random": self._is_random.isChecked()}))


def _in_a_row(
    first: QtWidgets.QWidget, second: QtWidgets.QWidget | None = None
) -> QtWidgets.QWidget:
    """The widgets side by side; the first takes the room, unless it is alone."""
    row = QtWidgets.QWidget()
    layout = QtWidgets.QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    if second is None:
        layout.addWidget(first)
        layout.addStretch(1)
    else:
        layout.addWidget(first, 1)
        layout.addWidget(second)
    return row
