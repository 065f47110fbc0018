"""Finding t0: a strip of several, two compared, one proposed; and the pictures to choose from."""

from __future__ import annotations

from ..features.auto_t0 import AskForT0
from ..features.compare import BeginComparison, Choose
from ..features.strip import Keep, MakeStrip, PointAt, PutAway
from ..gallery import GalleryView
from ..i18n import _
from ..panel_state import PanelState
from ..qt import QtCore, QtGui, QtWidgets
from ..readings import in_words
from ..slots import slot
from . import texts
from .candidate_button import BAR_PX, REAL, draw_bar
from .candidate_grid import CandidateGrid
from .labels import ElidedLabel, small_label
from .section import Row, Section, leave_keyboard_to_canvas, named

SPACING_PX = 4
KEY_WIDTH_PX = 14


class FindingSection(Section):
    """Three small buttons; below them, once there is something to choose from, the gallery."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: GalleryView | None = None
        self._strip = _button("strip", _("Strip"))
        self._compare = _button("compare", _("Compare"))
        self._auto = _button("auto", _("Auto"))
        self._question = named(small_label(""), "question")
        self._grid = CandidateGrid()
        self._mine = _button("more_mine", _("More of mine"))
        self._real = _button("more_real", _("More real"))
        self._words = named(ElidedLabel(), "candidate_words")
        self._key = _Key()
        self._away = _button("put_away", "×")
        self._away.setAutoRaise(True)
        for button, command in (
            (self._strip, MakeStrip()),
            (self._compare, BeginComparison()),
            (self._auto, AskForT0()),
            (self._mine, Choose(more_real=False)),
            (self._real, Choose(more_real=True)),
            (self._away, PutAway()),
        ):
            self._ask_when_clicked(button, command)
        self._grid.pointed.connect(self._pointed)
        self._grid.clicked.connect(self._clicked)

    def rows(self) -> list[Row]:
        seekers = _beside_each_other(self._strip, self._compare, self._auto)
        self._choice = _beside_each_other(self._mine, self._real)
        foot = QtWidgets.QHBoxLayout()
        foot.addWidget(self._key)
        foot.addStretch(1)
        foot.addWidget(self._away)
        gallery = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(gallery)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING_PX)
        for widget in (self._question, self._grid, self._choice, self._words):
            column.addWidget(widget)
        column.addLayout(foot)
        self._gallery_row = Row("", gallery)
        return [Row("", seekers), self._gallery_row]

    def show_state(self, state: PanelState) -> None:
        for button in (self._strip, self._compare, self._auto):
            button.setEnabled(state.shape is not None)
        view = state.gallery
        if view == self._shown:
            return
        self._shown = view
        self._gallery_row.want(bool(view.candidates))
        if view.spoken_of is None:
            return
        self._grid.show_gallery(view)
        self._question.setText(view.question)
        for widget in (self._question, self._choice):
            widget.setVisible(bool(view.question))
        for button in (self._mine, self._real):
            button.setEnabled(not view.is_waiting)
        is_open = bool(view.question) and view.pointed is None
        words = in_words(view.spoken_of, view.is_by_seed)
        self._words.setText(texts.POINT_AT_ONE if is_open else words)
        self._key.show_keys(view)

    def _ask_when_clicked(self, button: QtWidgets.QToolButton, command: object) -> None:
        @slot
        def ask() -> None:
            self.asked.emit(command)

        button.clicked.connect(ask)

    @slot
    def _pointed(self, nth: int | None) -> None:
        self.asked.emit(PointAt(nth))

    @slot
    def _clicked(self, nth: int) -> None:
        is_pair = self._shown is not None and self._shown.question
        self.asked.emit(Choose(more_real=nth > 0) if is_pair else Keep(nth))


class _Key(QtWidgets.QWidget):
    """What the bars below the pictures mean; only of those that are there."""

    def __init__(self) -> None:
        super().__init__()
        self._faithful = _key_of(_("Faithful"), QtGui.QPalette.ColorRole.Highlight)
        self._real = _key_of(_("Real"), REAL)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * SPACING_PX)
        row.addWidget(self._faithful)
        row.addWidget(self._real)

    def show_keys(self, view: GalleryView) -> None:
        """Explain the bars that these candidates have."""
        candidates = view.candidates
        self._faithful.setVisible(any(item.faithfulness is not None for item in candidates))
        self._real.setVisible(any(item.realism is not None for item in candidates))


class _Swatch(QtWidgets.QWidget):
    """A piece of a bar."""

    def __init__(self, colour: QtGui.QColor | QtGui.QPalette.ColorRole) -> None:
        super().__init__()
        self._colour = colour
        self.setFixedWidth(KEY_WIDTH_PX)

    @slot
    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802, ARG002
        """The bar, in the middle."""
        colour = self._colour
        if not isinstance(colour, QtGui.QColor):
            colour = self.palette().color(colour)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        top = (self.height() - BAR_PX) / 2
        draw_bar(painter, QtCore.QRectF(0, top, self.width(), BAR_PX), 1.0, colour)
        painter.end()


def _key_of(text: str, colour: QtGui.QColor | QtGui.QPalette.ColorRole) -> QtWidgets.QWidget:
    widget = QtWidgets.QWidget()
    row = QtWidgets.QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACING_PX)
    row.addWidget(_Swatch(colour))
    row.addWidget(small_label(text))
    return widget


def _button(name: str, text: str) -> QtWidgets.QToolButton:
    button = named(QtWidgets.QToolButton(), name)
    button.setText(text)
    leave_keyboard_to_canvas(button)
    return button  # type: ignore[no-any-return]


def _beside_each_other(*buttons: QtWidgets.QToolButton) -> QtWidgets.QWidget:
    """In a row, each as wide as the others."""
    widget = QtWidgets.QWidget()
    row = QtWidgets.QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACING_PX)
    policy = QtWidgets.QSizePolicy.Policy
    for button in buttons:
        button.setSizePolicy(policy.Expanding, policy.Fixed)
        row.addWidget(button, 1)
    return widget
