"""The lower part of the panel: the picture that forms, or the document's history."""

from __future__ import annotations

from ..features.history import ShowHistory
from ..i18n import _
from ..qt import QtCore, QtWidgets
from ..slots import slot
from .history_view import HistoryView
from .preview import Preview
from .section import leave_keyboard_to_canvas, named

HISTORY = 1
SPACING_PX = 4


class BelowStatus(QtWidgets.QWidget):
    """Two tabs that share the room."""

    asked = QtCore.pyqtSignal(object)
    """A command."""

    def __init__(self, preview: Preview, history: HistoryView) -> None:
        super().__init__()
        self._tabs = named(QtWidgets.QTabBar(), "tabs")
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.addTab(_("Preview"))
        self._tabs.addTab(_("History"))
        self._pages: tuple[QtWidgets.QWidget, ...] = (preview, history)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING_PX)
        column.addWidget(self._tabs)
        # Not a QStackedWidget: in that, also the page that is not shown takes its room.
        for page in self._pages:
            column.addWidget(page, 1)
        history.hide()
        history.asked.connect(self.asked)
        self._tabs.currentChanged.connect(self._turned)
        leave_keyboard_to_canvas(self._tabs)

    @slot
    def _turned(self, page: int) -> None:
        for nth, widget in enumerate(self._pages):
            widget.setVisible(nth == page)
        self.asked.emit(ShowHistory(page == HISTORY))
