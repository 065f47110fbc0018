"""The keys with which one moves in a panel."""

from __future__ import annotations

from ..qt import QtCore, QtGui

_Key = QtCore.Qt.Key
_Modifier = QtCore.Qt.KeyboardModifier
MOVING = {
    *(_Key.Key_Tab, _Key.Key_Backtab, _Key.Key_Escape),
    *(_Key.Key_Left, _Key.Key_Right, _Key.Key_Up, _Key.Key_Down),
    *(_Key.Key_Home, _Key.Key_End, _Key.Key_PageUp, _Key.Key_PageDown),
    *(_Key.Key_Return, _Key.Key_Enter, _Key.Key_Space, _Key.Key_Menu),
}


def is_moving(event: QtGui.QKeyEvent) -> bool:
    """Whether it is one of these, alone or with Shift."""
    with_it = event.modifiers() & ~(_Modifier.ShiftModifier | _Modifier.KeypadModifier)
    return event.key() in MOVING and with_it == _Modifier.NoModifier
