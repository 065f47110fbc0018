"""Seeing real input arrive: the test may go on once Krita has got what the X server was sent."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QEvent, QObject
from PyQt5.QtGui import QCursor
from PyQt5.QtWidgets import QApplication, QWidget

_MOUSE_EVENTS = (QEvent.MouseMove, QEvent.MouseButtonPress, QEvent.MouseButtonRelease)


class _Watcher(QObject):
    """Counts the mouse events that reach widgets, and remembers the last place."""

    def __init__(self) -> None:
        super().__init__()
        self.presses = self.releases = 0
        self.receiver = ""
        self.last: list[int] = []

    def eventFilter(self, target: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        kind = event.type()
        if kind in _MOUSE_EVENTS and isinstance(target, QWidget):
            self.last = [event.globalX(), event.globalY()]
            if kind == QEvent.MouseButtonPress:
                self.presses += 1
                self.receiver = target.objectName() or target.metaObject().className()
            elif kind == QEvent.MouseButtonRelease:
                self.releases += 1
        return False


_watcher: _Watcher | None = None


def watch() -> None:
    """Begin to count from zero. Every event of the program passes through Python meanwhile."""
    global _watcher
    stop()
    _watcher = _Watcher()
    QApplication.instance().installEventFilter(_watcher)


def seen() -> dict[str, Any]:
    """The counts since ``watch`` and the last place of the pointer."""
    if _watcher is None:
        raise RuntimeError("events are not being watched")
    return {
        "presses": _watcher.presses,
        "releases": _watcher.releases,
        "last": _watcher.last,
        "receiver": _watcher.receiver,
        "cursor": [QCursor.pos().x(), QCursor.pos().y()],
    }


def stop() -> None:
    """Stop counting."""
    global _watcher
    if _watcher is not None:
        QApplication.instance().removeEventFilter(_watcher)
        _watcher = None
