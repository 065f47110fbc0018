"""The status line: a sentence, what to do, and a sign when the artist must take note."""

from __future__ import annotations

from ..i18n import _
from ..panel_state import Mood
from ..qt import QtCore, QtWidgets
from ..slots import slot
from .icons import MakeIcon

SIGN = "warning"
_Align = QtCore.Qt.AlignmentFlag


class StatusLine(QtWidgets.QWidget):
    """A wrapped, selectable text; a warning sign stands before it when something is wrong."""

    def __init__(self, make_icon: MakeIcon) -> None:
        """``make_icon`` gives the warning sign in the colours of the theme that is chosen."""
        super().__init__()
        self._make_icon = make_icon
        self.label = QtWidgets.QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        self._sign = QtWidgets.QLabel()
        self._sign.setAlignment(_Align.AlignTop)
        self._draw_sign()
        self._sign.setAccessibleName(_("Problem"))
        self._sign.hide()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._sign)
        layout.addWidget(self.label, 1)
        self._align()

    def say(self, sentence: str, hint: str, mood: Mood) -> None:
        """Show this."""
        self.label.setText(f"{sentence} {hint}".strip())
        self._sign.setVisible(mood is Mood.PROBLEM)

    @slot
    def changeEvent(self, event: QtCore.QEvent) -> None:  # noqa: N802
        """Qt's call when, among others, another theme was chosen, or the direction of reading."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.PaletteChange:
            self._draw_sign()
        elif event.type() == QtCore.QEvent.Type.LayoutDirectionChange:
            self._align()

    def _align(self) -> None:
        """The line stands where the layout begins, whatever language its words are in."""
        start = QtWidgets.QStyle.visualAlignment(self.layoutDirection(), _Align.AlignLeft)
        self.label.setAlignment(start | _Align.AlignAbsolute | _Align.AlignTop)

    def _draw_sign(self) -> None:
        style = self.style()
        side = style.pixelMetric(QtWidgets.QStyle.PixelMetric.PM_SmallIconSize)
        icon = self._make_icon(SIGN)
        if icon.isNull():
            icon = style.standardIcon(QtWidgets.QStyle.StandardPixmap.SP_MessageBoxWarning)
        self._sign.setPixmap(icon.pixmap(side, side))
