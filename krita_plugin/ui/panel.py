"""The docker's contents: what will be edited, how, and how it goes."""

from __future__ import annotations

from ..commands import Press, ReachFor
from ..features.live import SwitchLive
from ..features.outline import PointAtArea
from ..i18n import _
from ..panel_state import PanelState
from ..qt import QtCore, QtGui, QtWidgets
from ..slots import slot
from . import texts
from .below_status import BelowStatus
from .finding_section import FindingSection
from .frames_section import FramesSection
from .guide_section import GuideSection
from .history_view import HistoryView
from .hover import Hover
from .icons import IconButton, MakeIcon, no_icon
from .keys import is_moving
from .model_section import ModelSection
from .more_button import MoreButton
from .preview import Preview
from .recipe_section import RecipeSection
from .repeats_section import RepeatsSection
from .result_section import ResultSection
from .sampling_section import SamplingSection
from .section import Row, Section, leave_keyboard_to_canvas, named, show_value
from .status import StatusLine
from .t0_map_section import T0MapSection
from .t0_section import T0Section

SETTINGS_ICON = "configure"
PROGRESS_UNITS = 1000
PROGRESS_HEIGHT_PX = 5
MARGIN_PX = 6
LABEL_GAP_PX = 4
_Align = QtCore.Qt.AlignmentFlag


class Panel(QtWidgets.QWidget):
    """Draws a `PanelState`; says what the artist asks for."""

    asked = QtCore.pyqtSignal(object)
    """A command."""
    settings_wanted = QtCore.pyqtSignal()
    """The settings window shall open."""

    def __init__(self, state: PanelState, make_icon: MakeIcon = no_icon) -> None:
        """``make_icon`` gives the icon of a name in the colours of the theme that is chosen."""
        super().__init__()
        self._state: PanelState | None = None
        self._sections: list[Section] = [
            GuideSection(),
            ModelSection(),
            T0Section(),
            FindingSection(),
            SamplingSection(),
            RecipeSection(),
            RepeatsSection(),
            ResultSection(),
            T0MapSection(),
            FramesSection(),
        ]
        self._button = named(QtWidgets.QPushButton(_("Generate")), "generate")
        self._live = named(QtWidgets.QToolButton(), "live")
        self._live.setText(_("Live"))
        self._live.setCheckable(True)
        self._progress = named(QtWidgets.QProgressBar(), "progress")
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(PROGRESS_HEIGHT_PX)
        self._status = StatusLine(make_icon)
        named(self._status.label, "status")
        self._manage = IconButton(make_icon, SETTINGS_ICON)
        named(self._manage, "manage")
        self._preview = named(Preview(texts.PREVIEW_EMPTY), "preview")
        self._history = HistoryView()
        self._below = BelowStatus(self._preview, self._history)
        self._below.asked.connect(self.asked)
        self._folded_rows: list[Row] = []
        """Kept here, because a signal's connection keeps nobody alive."""
        self._lay_out()
        for section in self._sections:
            section.asked.connect(self.asked)
        self._button.clicked.connect(self._clicked)
        self._hover = Hover(self._button)
        self._hover.changed.connect(self._pointed)
        self._live.toggled.connect(self._switched_live)
        self._manage.clicked.connect(self._wants_settings)
        leave_keyboard_to_canvas(self._button, self._live, self._manage)
        self.show_state(state)

    def show_state(self, state: PanelState) -> None:
        """Draw ``state``; what has not changed since the last one is left alone."""
        before, self._state = self._state, state
        for section in self._sections:
            section.show_state(state)
        self._button.setText(_("Cancel") if state.is_working else _("Generate"))
        self._button.setEnabled(state.is_button_enabled)
        show_value(self._live, self._live.isChecked(), self._live.setChecked, state.is_live)
        self._show_progress(state)
        self._status.say(state.status, state.hint, state.mood)
        self._history.show_state(state)
        self._preview.set_shape(state.shape)
        if before is None or before.preview is not state.preview:
            self._preview.set_picture(state.preview)

    def take_typed(self) -> None:
        """Take over what is typed in the fields, and give the keyboard back to Krita."""
        for section in self._sections:
            section.take_typed()

    def take_keyboard(self) -> None:
        """Let the keyboard work the panel, from its first field on, until Escape."""
        self.move_keyboard(is_next=True, start=self)

    def move_keyboard(self, is_next: bool, start: QtWidgets.QWidget | None = None) -> bool:
        """To the next field that takes Tab, or the one before, round and round in the panel;
        whether there is one. ``start``: from where, if not from the field that has it."""
        start = start or self.focusWidget() or self
        widget = start
        reason = QtCore.Qt.FocusReason
        while True:
            widget = widget.nextInFocusChain() if is_next else widget.previousInFocusChain()
            if widget is start:
                return False
            is_there = widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None
            if is_there and self.isAncestorOf(widget) and _takes_tab(widget):
                widget.setFocus(reason.TabFocusReason if is_next else reason.BacktabFocusReason)
                return True

    @slot
    def event(self, event: QtCore.QEvent) -> bool:
        """While the keyboard is in the panel the keys that move there are its own: in Krita Tab
        hides the dockers and arrows turn frames."""
        if event.type() == QtCore.QEvent.Type.ShortcutOverride and is_moving(event):
            event.accept()
            return True
        return bool(super().event(event))

    @slot
    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Escape, which no field had a use for, gives the keyboard back to the canvas."""
        focused = self.focusWidget()
        if event.key() == QtCore.Qt.Key.Key_Escape and focused is not None:
            self.take_typed()
            focused.clearFocus()
        else:
            super().keyPressEvent(event)

    @slot
    def enterEvent(self, event: QtCore.QEvent) -> None:  # noqa: N802
        """Qt's call when the pointer comes in."""
        super().enterEvent(event)
        self.asked.emit(ReachFor())

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """The least height in which all of it, with lines wrapped to that width, has room."""
        return int(self.layout().minimumHeightForWidth(width))

    def _show_progress(self, state: PanelState) -> None:
        bar = self._progress
        bar.setVisible(state.is_working)
        if state.progress is None:
            bar.setRange(0, 0)
        else:
            bar.setRange(0, PROGRESS_UNITS)
            bar.setValue(round(state.progress * PROGRESS_UNITS))

    def _lay_out(self) -> None:
        column = QtWidgets.QVBoxLayout()
        column.setContentsMargins(MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX)
        column.setSpacing(MARGIN_PX)
        column.addLayout(self._lay_out_sections())
        buttons = QtWidgets.QHBoxLayout()
        buttons.addWidget(self._button, 1)
        buttons.addWidget(self._live)
        column.addLayout(buttons)
        column.addWidget(self._progress)
        column.addWidget(self._status)
        column.addWidget(self._below, 1)
        # Krita sets the margins of a docker's outermost layout to its own; ours is inside.
        outermost = QtWidgets.QVBoxLayout(self)
        outermost.setContentsMargins(0, 0, 0, 0)
        outermost.addLayout(column)
        # The room is kept, so that nothing moves when an edit begins.
        policy = self._progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._progress.setSizePolicy(policy)

    def _lay_out_sections(self) -> QtWidgets.QGridLayout:
        """All sections' rows in one grid, so that their labels make one column."""
        grid = QtWidgets.QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(MARGIN_PX)
        grid.setHorizontalSpacing(LABEL_GAP_PX)
        seen = [section for section in self._sections if not section.is_folded]
        folded = [section for section in self._sections if section.is_folded]
        for section in seen:
            _add_rows(grid, section.rows())
        more = named(MoreButton(), "more")
        heading = QtWidgets.QHBoxLayout()
        heading.addWidget(more)
        heading.addStretch(1)
        heading.addWidget(self._manage)
        grid.addLayout(heading, grid.rowCount(), 0, 1, 2)
        for section in folded:
            rows = section.rows()
            self._folded_rows += rows
            _add_rows(grid, rows)
            for row in rows:
                row.unfold(False)
                more.toggled.connect(row.unfold)
        return grid

    @slot
    def _switched_live(self, is_on: bool) -> None:
        self.asked.emit(SwitchLive(is_on))

    @slot
    def _wants_settings(self) -> None:
        self.settings_wanted.emit()

    @slot
    def _pointed(self, is_there: bool) -> None:
        self.asked.emit(PointAtArea(is_there))

    @slot
    def _clicked(self) -> None:
        self.take_typed()
        self.asked.emit(Press())


def _takes_tab(widget: QtWidgets.QWidget) -> bool:
    policy = QtCore.Qt.FocusPolicy
    return widget.focusPolicy() not in (policy.NoFocus, policy.ClickFocus)


def _add_rows(grid: QtWidgets.QGridLayout, rows: list[Row]) -> None:
    for row in rows:
        number = grid.rowCount()
        if row.label is None:
            grid.addWidget(row.widget, number, 0, 1, 2)
        else:
            align = _Align.AlignTop if row.is_at_top else _Align.AlignVCenter
            grid.addWidget(row.label, number, 0, align)
            grid.addWidget(row.widget, number, 1)
