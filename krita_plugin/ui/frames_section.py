"""The range of an animation's frames that are made at once."""

from __future__ import annotations

from ..features.frames import ChooseFrames, MakeFrames
from ..i18n import _
from ..panel_state import PanelState
from ..qt import QtWidgets
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

FRAME_MOST = 99_999


class FramesSection(Section):
    """Two numbers and a button; seen only in documents with an animation."""

    is_folded = True

    def __init__(self) -> None:
        super().__init__()
        self._first = named(NumberField(0, FRAME_MOST), "first_frame")
        self._last = named(NumberField(0, FRAME_MOST), "last_frame")
        self._make = named(QtWidgets.QPushButton(_("Generate frames")), "make_frames")
        self._first.valueChanged.connect(self._chosen)
        self._last.valueChanged.connect(self._chosen)
        self._make.clicked.connect(self._clicked)
        leave_keyboard_to_canvas(self._make)

    def rows(self) -> list[Row]:
        both = QtWidgets.QWidget()
        layout = QtWidgets.QHBoxLayout(both)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._first, 1)
        layout.addWidget(QtWidgets.QLabel("–"))
        layout.addWidget(self._last, 1)
        self._rows = [Row(_("Frames"), both, self._first), Row(" ", self._make)]
        return self._rows

    def show_state(self, state: PanelState) -> None:
        for row in self._rows:
            row.want(state.frames is not None)
        if state.frames is None:
            return
        for field, frame in zip((self._first, self._last), state.frames):
            show_value(field, field.value(), field.setValue, frame)
        self._make.setEnabled(not state.is_working)

    def take_typed(self) -> None:
        give_back_keyboard(self._first, self._last)

    @slot
    def _chosen(self) -> None:
        self.asked.emit(ChooseFrames(self._first.value(), self._last.value()))

    @slot
    def _clicked(self) -> None:
        self.take_typed()
        self.asked.emit(MakeFrames())
