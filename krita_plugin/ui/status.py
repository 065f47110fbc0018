"""The status line: a sentence, what to do, and a sign when the artist must take note."""

from __future__ import annotations

from ..panel_state import Mood
from ..qt import QtCore, QtGui, QtWidgets

_Align = QtCore.Qt.AlignmentFlag


class StatusLine(QtWidgets.QWidget):
    """A wrapped, selectable text; a warning sign stands before it when something is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.label = QtWidgets.QLabel()
        self.label.setWordWrap(True)
        self.label.setAlignment(_Align.AlignLeft | _Align.AlignTop)
        self.label.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        self._sign = QtWidgets.QLabel()
        self._sign.setAlignment(_Align.AlignTop)
        self._sign.setPixmap(self._warning())
        self._sign.setAccessibleName("Problem")
        self._sign.hide()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._sign)
        layout.addWidget(self.label, 1)

    def say(self, sentence: str, hint: str, mood: Mood) -> None:
        """Show this."""
        self.label.setText(f"{sentence} {hint}".strip())
        self._sign.setVisible(mood is Mood.PROBLEM)

    def _warning(self) -> QtGui.QPixmap:
        style = self.style()
        side = style.pixelMetric(QtWidgets.QStyle.PixelMetric.PM_SmallIconSize)
        icon = style.standardIcon(QtWidgets.QStyle.StandardPixmap.SP_MessageBoxWarning)
        return icon.pixmap(side, side)
