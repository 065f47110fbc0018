"""Earlier results as a field of thumbnails."""

from __future__ import annotations

import functools

from ..features.history import Forget, ShowMoreHistory, UseAgain
from ..features.recipe_actions import CheckRecipe
from ..i18n import _
from ..panel_state import PanelState, local_number
from ..past_results import PastResult
from ..qt import QtCore, QtGui, QtWidgets
from ..qt_pictures import Picture
from ..slots import slot
from .section import named

THUMBNAIL_PX = 84
CELL_PX = 96
CAPTION_LINES = 2
GAP_PX = 10
EMPTY = _("What is made of this document is kept here.")
_Align = QtCore.Qt.AlignmentFlag


class HistoryView(QtWidgets.QWidget):
    """The newest first; a double click, or Return, uses a result again."""

    asked = QtCore.pyqtSignal(object)
    """A command."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[PastResult, ...] = ()
        self._list = named(QtWidgets.QListWidget(), "history")
        self._list.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self._list.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self._list.setMovement(QtWidgets.QListView.Movement.Static)
        self._list.setIconSize(QtCore.QSize(THUMBNAIL_PX, THUMBNAIL_PX))
        caption_px = CAPTION_LINES * self._list.fontMetrics().lineSpacing() + GAP_PX
        self._list.setGridSize(QtCore.QSize(CELL_PX, THUMBNAIL_PX + caption_px))
        self._list.setUniformItemSizes(True)
        self._list.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.CustomContextMenu)
        self._empty = QtWidgets.QLabel(EMPTY)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(_Align.AlignCenter)
        self._more = named(QtWidgets.QPushButton(_("Older…")), "history_more")
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._empty, 1)
        column.addWidget(self._list, 1)
        column.addWidget(self._more)
        self._list.itemActivated.connect(self._use)
        self._list.customContextMenuRequested.connect(self._open_menu)
        self._more.clicked.connect(self._show_more)

    def show_state(self, state: PanelState) -> None:
        """Draw ``state``."""
        self._empty.setVisible(not state.history)
        self._list.setVisible(bool(state.history))
        self._more.setVisible(state.has_more_history)
        if state.history is not self._shown:
            self._shown = state.history
            self._fill()

    def _fill(self) -> None:
        row = self._list.currentRow()
        self._list.clear()
        for result in self._shown:
            item = QtWidgets.QListWidgetItem(self._icon(result), caption(result))
            made = _("seed {seed}, {model}").format(seed=result.seed, model=result.model)
            item.setToolTip(f"{caption(result)}\n{made}")
            item.setSizeHint(self._list.gridSize())
            self._list.addItem(item)
        self._list.setCurrentRow(min(row, len(self._shown) - 1))

    def _icon(self, result: PastResult) -> QtGui.QIcon:
        if result.thumbnail is None:
            return QtGui.QIcon()
        # All on squares, whatever their shape: so the captions stand in line.
        room, ratio = QtCore.QRect(0, 0, THUMBNAIL_PX, THUMBNAIL_PX), self.devicePixelRatioF()
        square = QtGui.QPixmap(room.size() * ratio)
        square.setDevicePixelRatio(ratio)
        square.fill(QtCore.Qt.GlobalColor.transparent)
        painter = QtGui.QPainter(square)
        Picture(result.thumbnail).draw(painter, room, _Align.AlignBottom | _Align.AlignHCenter)
        painter.end()
        return QtGui.QIcon(square)

    @slot
    def _use(self) -> None:
        result = self._current()
        if result is not None:
            self.asked.emit(UseAgain(result.entry, result.nth))

    @slot
    def _show_more(self) -> None:
        self.asked.emit(ShowMoreHistory())

    @slot
    def _open_menu(self, place: QtCore.QPoint) -> None:
        result = self._current()
        if result is None:
            return
        menu = QtWidgets.QMenu(self)
        menu.setObjectName("sdedit_history_menu")
        for text, command in (
            (_("Use as a layer"), UseAgain(result.entry, result.nth)),
            (_("Check the recipe"), CheckRecipe(result.entry)),
            (_("Forget"), Forget(result.entry)),
        ):
            menu.addAction(text).triggered.connect(functools.partial(self._ask, command))
        menu.popup(self._list.viewport().mapToGlobal(place))

    @slot
    def _ask(self, command: object) -> None:
        self.asked.emit(command)

    def _current(self) -> PastResult | None:
        row = self._list.currentRow()
        return self._shown[row] if 0 <= row < len(self._shown) else None


def caption(result: PastResult) -> str:
    """t0 and the time of day; of another day, the date."""
    then = QtCore.QDateTime.fromSecsSinceEpoch(int(result.time))
    is_today = then.date() == QtCore.QDate.currentDate()
    short = QtCore.QLocale.FormatType.ShortFormat
    when = QtCore.QLocale().toString(then.time() if is_today else then.date(), short)
    return f"t0 {local_number(result.t0)}\n{when}"
