"""What will be edited: the guide, the way of working, and the area in words."""

from __future__ import annotations

from ..commands import Change
from ..features.outline import PointAtArea
from ..features.way_choice import ChooseWay
from ..i18n import _
from ..panel_state import PanelState
from ..qt import QtWidgets
from ..settings import GUIDES
from ..slots import slot
from ..ways import Way
from . import texts
from .choice_button import ChoiceButton
from .chooser import Chooser
from .hover import Hover
from .labels import ElidedLabel
from .section import Row, Section, leave_keyboard_to_canvas, named


class GuideSection(Section):
    """Guide and way can be chosen; all follows the document."""

    def __init__(self) -> None:
        super().__init__()
        self._guide = named(Chooser(), "guide")
        for kind in GUIDES:
            self._guide.addItem(texts.GUIDES[kind], kind)
        self._area = named(ElidedLabel(), "area")
        self._ways = {way: _way_button(way) for way in Way}
        self._guide.activated.connect(self._guide_chosen)
        for button in self._ways.values():
            button.clicked.connect(self._way_chosen)
        self._hover = Hover(self._area)
        self._hover.changed.connect(self._pointed)
        leave_keyboard_to_canvas(*self._ways.values())

    def rows(self) -> list[Row]:
        ways = QtWidgets.QWidget()
        side_by_side = QtWidgets.QHBoxLayout(ways)
        side_by_side.setContentsMargins(0, 0, 0, 0)
        side_by_side.setSpacing(1)
        for button in self._ways.values():
            side_by_side.addWidget(button, 1)
        return [
            Row(_("Guide"), self._guide),
            Row(_("Way"), ways, self._ways[Way.REFINE]),
            Row(_("Area"), self._area),
        ]

    def show_state(self, state: PanelState) -> None:
        guide = self._guide
        guide.show_chosen(state.settings.guide)
        guide.setEnabled(state.way is not None)
        self._area.setText(state.area)
        for name, widget, text in (("guide", guide, state.guide), ("area", self._area, state.area)):
            widget.setToolTip(f"{text}\n\n{texts.TIPS[name]}")
        for way, button in self._ways.items():
            button.setChecked(way is state.way)
            button.setEnabled(way in state.possible_ways)

    @slot
    def _pointed(self, is_there: bool) -> None:
        self.asked.emit(PointAtArea(is_there))

    @slot
    def _guide_chosen(self) -> None:
        self.asked.emit(Change({"guide": self._guide.currentData()}))

    @slot
    def _way_chosen(self) -> None:
        clicked = self.sender()
        for way, button in self._ways.items():
            button.setChecked(button is clicked)
            if button is clicked:
                self.asked.emit(ChooseWay(way))


def _way_button(way: Way) -> ChoiceButton:
    button: ChoiceButton = named(ChoiceButton(texts.WAYS[way.value]), f"way_{way.value}")
    return button
