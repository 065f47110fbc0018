"""One of several buttons of which one is chosen."""

from __future__ import annotations

from ..qt import QtCore, QtGui, QtWidgets
from ..slots import slot

LINE_PX = 3
"""As the band below the slider of t0."""
_Policy = QtWidgets.QSizePolicy.Policy


class ChoiceButton(QtWidgets.QToolButton):
    """A flat text button; a line in the theme's highlight colour marks the chosen one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setText(text)
        self.setCheckable(True)
        self.setSizePolicy(_Policy.Expanding, _Policy.Fixed)
        self.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextOnly)

    @slot
    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """The style's own button, and the line along its lower edge."""
        super().paintEvent(event)
        if self.isChecked():
            painter = QtGui.QPainter(self)
            highlight = self.palette().color(QtGui.QPalette.ColorRole.Highlight)
            painter.fillRect(0, self.height() - LINE_PX, self.width(), LINE_PX, highlight)
            painter.end()
