"""A field for whole numbers."""

from __future__ import annotations

from ..qt import QtWidgets


class NumberField(QtWidgets.QSpinBox):
    """Says its number once it is typed to the end, not at each digit."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__()
        self.setRange(least, most)
        self.setKeyboardTracking(False)
