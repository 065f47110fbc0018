"""The number field for t0: exact to a thousandth, but with no more digits than it needs."""

from __future__ import annotations

from ..qt import QtWidgets
from ..slots import slot

DECIMALS = 3
DECIMALS_LEAST = 2


class T0Field(QtWidgets.QDoubleSpinBox):
    """Shows 0.45 and 0.455, not 0.450; writes numbers as the system's language does."""

    def __init__(self, least: float, most: float) -> None:
        super().__init__()
        self.setDecimals(DECIMALS)
        self.setRange(least, most)
        self.setSingleStep(0.01)
        self.setKeyboardTracking(False)

    @slot
    def textFromValue(self, value: float) -> str:  # noqa: N802
        """The shortest text of at least two decimals."""
        hundredths = value * 10**DECIMALS_LEAST
        needs_more = abs(hundredths - round(hundredths)) > 0.01
        decimals = DECIMALS if needs_more else DECIMALS_LEAST
        return str(self.locale().toString(value, "f", decimals))
