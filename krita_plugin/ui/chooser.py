"""A list of which one is chosen, for a narrow docker."""

from __future__ import annotations

from ..qt import QtWidgets
from .section import leave_keyboard_to_canvas, show_value

NARROWEST_CHARACTERS = 8


class Chooser(QtWidgets.QComboBox):
    """May be narrower than its items' titles. An item's data is what choosing it means."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumContentsLength(NARROWEST_CHARACTERS)
        self.setSizeAdjustPolicy(
            QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        leave_keyboard_to_canvas(self)

    def show_chosen(self, data: object) -> None:
        """Show the item with this data, without a signal."""
        show_value(self, self.currentIndex(), self.setCurrentIndex, self.findData(data))
