"""Tells when the pointer comes over a widget, and when it goes."""

from __future__ import annotations

from ..qt import QtCore, QtWidgets
from ..slots import slot

_Type = QtCore.QEvent.Type


class Hover(QtCore.QObject):
    """Watches some widgets."""

    changed = QtCore.pyqtSignal(bool)
    """Whether the pointer is over one of them."""

    def __init__(self, *widgets: QtWidgets.QWidget) -> None:
        super().__init__()
        for widget in widgets:
            widget.installEventFilter(self)

    @slot
    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802, ARG002
        """Qt's call before the widget gets an event."""
        if event.type() == _Type.Enter:
            self.changed.emit(True)
        elif event.type() in (_Type.Leave, _Type.Hide):
            self.changed.emit(False)
        return False
