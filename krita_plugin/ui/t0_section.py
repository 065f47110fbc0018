"""t0: the slider between faithful and realistic, and its number."""

from __future__ import annotations

from ..commands import Change
from ..features.strip import HoldSlider
from ..i18n import _
from ..panel_state import PanelState
from ..qt import QtCore, QtWidgets
from ..settings import T0_MAX, T0_MIN
from ..slots import slot
from . import texts
from .labels import small_label
from .section import (
    Row,
    Section,
    give_back_keyboard,
    leave_keyboard_to_canvas,
    named,
    show_value,
)
from .t0_field import T0Field
from .t0_slider import T0Slider


class T0Section(Section):
    """Slider and field show the same t0."""

    def __init__(self) -> None:
        super().__init__()
        self._slider = named(T0Slider(), "t0_slider")
        self._field = named(T0Field(T0_MIN, T0_MAX), "t0")
        self._slider.valueChanged.connect(self._slid)
        self._field.valueChanged.connect(self._typed)
        self._slider.sliderPressed.connect(self._held)
        self._slider.sliderReleased.connect(self._let_go)
        self._word = named(small_label(""), "t0_word")
        leave_keyboard_to_canvas(self._slider)

    def rows(self) -> list[Row]:
        ends = QtWidgets.QHBoxLayout()
        ends.addWidget(small_label(_("Faithful")))
        ends.addStretch(1)
        ends.addWidget(self._word)
        ends.addStretch(1)
        ends.addWidget(small_label(_("Realistic")))
        column = QtWidgets.QVBoxLayout()
        column.setSpacing(1)
        column.addWidget(self._slider)
        column.addLayout(ends)
        row = QtWidgets.QWidget()
        layout = QtWidgets.QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(column, 1)
        layout.addWidget(self._field, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        return [Row(_("t0"), row, self._slider, is_at_top=True)]

    def show_state(self, state: PanelState) -> None:
        t0 = state.settings.t0
        show_value(self._slider, self._slider.t0, self._slider.set_t0, t0)
        self._slider.set_marks(state.t0_marks)
        show_value(self._field, self._field.value(), self._field.setValue, t0)
        self._word.setText(_word_for(state))

    def take_typed(self) -> None:
        give_back_keyboard(self._field)

    @slot
    def _slid(self) -> None:
        self.asked.emit(Change({"t0": self._slider.t0}))

    @slot
    def _held(self) -> None:
        self.asked.emit(HoldSlider(True))

    @slot
    def _let_go(self) -> None:
        self.asked.emit(HoldSlider(False))

    @slot
    def _typed(self) -> None:
        self.asked.emit(Change({"t0": self._field.value()}))


def _word_for(state: PanelState) -> str:
    """What else shapes t0, in a word."""
    if state.t0_map:
        return texts.T0_BY_MAP
    return texts.T0_FOR_BLENDING if state.settings.is_blending else ""
