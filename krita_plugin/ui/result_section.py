"""Where results come, and whether they are marked as generated."""

from __future__ import annotations

from ..commands import Change
from ..i18n import _
from ..panel_state import PanelState
from ..qt import QtWidgets
from ..settings import ABOVE, INSTEAD, INTO_GROUP
from ..slots import slot
from .chooser import Chooser
from .section import Row, Section, leave_keyboard_to_canvas, named, show_value

PLACES = {
    ABOVE: _("New layer"),
    INSTEAD: _("Instead of the last"),
    INTO_GROUP: _("Into a group"),
}


class ResultSection(Section):
    """Rarely changed, so it is folded away."""

    is_folded = True

    def __init__(self) -> None:
        super().__init__()
        self._place = named(Chooser(), "place")
        for place, title in PLACES.items():
            self._place.addItem(title, place)
        self._mark = named(QtWidgets.QCheckBox(_("Mark as generated")), "mark")
        self._on_canvas = named(QtWidgets.QCheckBox(_("Live on the canvas")), "live_on_canvas")
        self._on_canvas.toggled.connect(self._shown_on_canvas)
        self._place.activated.connect(self._placed)
        self._mark.toggled.connect(self._marked)
        leave_keyboard_to_canvas(self._mark, self._on_canvas)

    def rows(self) -> list[Row]:
        return [Row(_("Result"), self._place), Row(" ", self._mark), Row(" ", self._on_canvas)]

    def show_state(self, state: PanelState) -> None:
        settings, mark, over = state.settings, self._mark, self._on_canvas
        self._place.show_chosen(settings.place)
        show_value(mark, mark.isChecked(), mark.setChecked, settings.is_marked)
        show_value(over, over.isChecked(), over.setChecked, settings.is_live_on_canvas)

    @slot
    def _placed(self) -> None:
        self.asked.emit(Change({"place": str(self._place.currentData())}))

    @slot
    def _shown_on_canvas(self) -> None:
        self.asked.emit(Change({"is_live_on_canvas": self._on_canvas.isChecked()}))

    @slot
    def _marked(self) -> None:
        self.asked.emit(Change({"is_marked": self._mark.isChecked()}))
