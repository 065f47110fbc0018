"""Krita's own icons, in the colours of the theme that is chosen."""

from __future__ import annotations

from typing import Callable

from ..qt import QtCore, QtGui, QtWidgets
from ..slots import slot

MakeIcon = Callable[[str], QtGui.QIcon]
"""Gives Krita's icon of a name."""


def no_icon(_name: str) -> QtGui.QIcon:
    """For a panel outside of Krita."""
    return QtGui.QIcon()


class IconButton(QtWidgets.QToolButton):
    """A flat button with an icon that follows the theme."""

    def __init__(self, make_icon: MakeIcon, name: str) -> None:
        super().__init__()
        self._make_icon = make_icon
        self._name = name
        self.setAutoRaise(True)
        self._draw()

    @slot
    def changeEvent(self, event: QtCore.QEvent) -> None:  # noqa: N802
        """Qt's call when, among others, another theme was chosen."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        icon = self._make_icon(self._name)
        self.setIcon(icon)
        self.setText("…" if icon.isNull() else "")
