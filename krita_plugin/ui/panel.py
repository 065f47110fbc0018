"""The docker's contents: what will be edited, how, and how it goes."""

from __future__ import annotations

from typing import Any

from ..panel_state import PanelState
from ..qt import QtCore, QtGui, QtWidgets
from ..settings import SEED_MAX, STEPS_MAX, STEPS_MIN, T0_MAX, T0_MIN
from ..slots import slot
from . import texts
from .labels import ElidedLabel, small_label
from .preview import Preview
from .status import MakeIcon, StatusLine
from .t0_field import T0Field
from .t0_slider import T0Slider

PROGRESS_UNITS = 1000
PROGRESS_HEIGHT_PX = 5
MARGIN_PX = 6
_Align = QtCore.Qt.AlignmentFlag


class Panel(QtWidgets.QWidget):
    """Draws a `PanelState`; says what the artist did."""

    changed = QtCore.pyqtSignal(dict)
    """New settings by name."""
    pressed = QtCore.pyqtSignal()
    """The button, whatever it means at the moment."""
    reached_for = QtCore.pyqtSignal()
    """The pointer came in."""

    def __init__(self, state: PanelState, make_warning_sign: MakeIcon = QtGui.QIcon) -> None:
        super().__init__()
        self._state: PanelState | None = None
        self._guide = _named(ElidedLabel(), "guide")
        self._area = _named(ElidedLabel(), "area")
        self._slider = _named(T0Slider(), "t0_slider")
        self._t0 = _named(T0Field(T0_MIN, T0_MAX), "t0")
        self._steps = _named(_number_field(STEPS_MIN, STEPS_MAX), "steps")
        self._seed = _named(_number_field(0, SEED_MAX), "seed")
        # The arrow keys still step it; ten digits need the room.
        self._seed.setButtonSymbols(QtWidgets.QAbstractSpinBox.ButtonSymbols.NoButtons)
        self._is_random = _named(QtWidgets.QCheckBox("Random"), "seed_random")
        self._button = _named(QtWidgets.QPushButton("Generate"), "generate")
        self._progress = _named(QtWidgets.QProgressBar(), "progress")
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(PROGRESS_HEIGHT_PX)
        self._status = StatusLine(make_warning_sign)
        _named(self._status.label, "status")
        self._preview = _named(Preview(texts.PREVIEW_EMPTY), "preview")
        self._lay_out()
        self._connect()
        self.show_state(state)

    def show_state(self, state: PanelState) -> None:
        """Draw ``state``; what has not changed since the last one is left alone."""
        before, self._state = self._state, state
        for label, text in ((self._guide, state.guide), (self._area, state.area)):
            label.setText(text)
            label.setToolTip(f"{text}\n\n{texts.TIPS[_short_name(label)]}")
        self._show_settings(state)
        self._button.setText("Cancel" if state.is_working else "Generate")
        self._button.setEnabled(state.is_button_enabled)
        self._show_progress(state)
        self._status.say(state.status, state.hint, state.mood)
        self._preview.set_shape(state.shape)
        if before is None or before.preview is not state.preview:
            self._preview.set_picture(state.preview)

    def take_typed(self) -> None:
        """Take over what is typed in the fields, and give the keyboard back to Krita: in a field
        Ctrl+Z would undo the typing instead of the layer."""
        for field in (self._t0, self._steps, self._seed):
            field.interpretText()
            field.clearFocus()

    @slot
    def enterEvent(self, event: QtCore.QEvent) -> None:  # noqa: N802
        """Qt's call when the pointer comes in."""
        super().enterEvent(event)
        self.reached_for.emit()

    def _show_settings(self, state: PanelState) -> None:
        settings = state.settings
        for widget, shown, show, value in (
            (self._slider, self._slider.t0, self._slider.set_t0, settings.t0),
            (self._t0, self._t0.value(), self._t0.setValue, settings.t0),
            (self._steps, self._steps.value(), self._steps.setValue, settings.steps),
            (self._seed, self._seed.value(), self._seed.setValue, settings.seed),
            (
                self._is_random,
                self._is_random.isChecked(),
                self._is_random.setChecked,
                settings.is_seed_random,
            ),
        ):
            if shown == value:
                continue  # setting it again would wipe out what is just being typed
            was_blocked = widget.blockSignals(True)
            show(value)
            widget.blockSignals(was_blocked)
        self._seed.setEnabled(not settings.is_seed_random)

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
        column.addLayout(self._lay_out_settings())
        column.addWidget(self._button)
        column.addWidget(self._progress)
        column.addWidget(self._status)
        column.addWidget(self._preview, 1)
        # Krita sets the margins of a docker's outermost layout to its own; ours is inside.
        outermost = QtWidgets.QVBoxLayout(self)
        outermost.setContentsMargins(0, 0, 0, 0)
        outermost.addLayout(column)
        # The room is kept, so that nothing moves when an edit begins.
        policy = self._progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._progress.setSizePolicy(policy)

    def _lay_out_settings(self) -> QtWidgets.QGridLayout:
        ends = QtWidgets.QHBoxLayout()
        ends.addWidget(small_label("Faithful"))
        ends.addStretch(1)
        ends.addWidget(small_label("Realistic"))
        t0 = QtWidgets.QVBoxLayout()
        t0.setSpacing(1)
        t0.addWidget(self._slider)
        t0.addLayout(ends)
        seed = QtWidgets.QHBoxLayout()
        seed.addWidget(self._seed, 1)
        seed.addWidget(self._is_random)
        grid = QtWidgets.QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(MARGIN_PX)
        for row, (text, widget) in enumerate(
            (
                ("Guide", self._guide),
                ("Area", self._area),
                ("t0", self._slider),
                ("Steps", self._steps),
                ("Seed", self._seed),
            )
        ):
            label = _label_for(text, widget)
            # Level with the slider, not with the captions below it.
            label.setMinimumHeight(widget.minimumHeight())
            align = _Align.AlignTop if widget is self._slider else _Align.AlignVCenter
            grid.addWidget(label, row, 0, align)
        grid.addWidget(self._guide, 0, 1, 1, 2)
        grid.addWidget(self._area, 1, 1, 1, 2)
        grid.addLayout(t0, 2, 1)
        grid.addWidget(self._t0, 2, 2, _Align.AlignTop)
        grid.addWidget(self._steps, 3, 1, _Align.AlignLeft)
        grid.addLayout(seed, 4, 1, 1, 2)
        return grid

    def _connect(self) -> None:
        self._slider.valueChanged.connect(self._slid)
        self._t0.valueChanged.connect(self._t0_typed)
        self._steps.valueChanged.connect(self._steps_typed)
        self._seed.valueChanged.connect(self._seed_typed)
        self._is_random.toggled.connect(self._random_toggled)
        self._button.clicked.connect(self._clicked)
        for widget in (self._slider, self._is_random, self._button):
            # A click must not take the keyboard from the canvas: space pans there.
            widget.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)

    @slot
    def _slid(self) -> None:
        self.changed.emit({"t0": self._slider.t0})

    @slot
    def _t0_typed(self) -> None:
        self.changed.emit({"t0": self._t0.value()})

    @slot
    def _steps_typed(self) -> None:
        self.changed.emit({"steps": self._steps.value()})

    @slot
    def _seed_typed(self) -> None:
        self.changed.emit({"seed": self._seed.value()})

    @slot
    def _random_toggled(self) -> None:
        self.changed.emit({"is_seed_random": self._is_random.isChecked()})

    @slot
    def _clicked(self) -> None:
        self.take_typed()
        self.pressed.emit()


def _named(widget: Any, name: str) -> Any:
    """Give a widget the name for tests, and the words for those who hear or hover it."""
    widget.setObjectName(f"sdedit_{name}")
    widget.setAccessibleName(texts.NAMES[name])
    widget.setAccessibleDescription(texts.TIPS[name])
    widget.setToolTip(texts.TIPS[name])
    return widget


def _short_name(widget: QtWidgets.QWidget) -> str:
    return str(widget.objectName()).partition("_")[2]


def _label_for(text: str, widget: QtWidgets.QWidget) -> QtWidgets.QLabel:
    label = QtWidgets.QLabel(text)
    label.setBuddy(widget)
    label.setToolTip(widget.toolTip())
    return label


def _number_field(least: int, most: int) -> QtWidgets.QSpinBox:
    field = QtWidgets.QSpinBox()
    field.setRange(least, most)
    field.setKeyboardTracking(False)
    return field
