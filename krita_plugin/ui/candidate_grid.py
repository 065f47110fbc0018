"""Candidates in rows as even as the docker's width allows."""

from __future__ import annotations

import functools
import math

from ..gallery import GalleryView
from ..protocol.messages import VARIANTS_MAX
from ..qt import QtCore, QtGui, QtWidgets
from ..slots import slot
from .candidate_button import CandidateButton

CELL_LEAST_PX = 68
PICTURE_MOST_PX = 150
SPACING_PX = 4


class CandidateGrid(QtWidgets.QWidget):
    """A button for each candidate."""

    pointed = QtCore.pyqtSignal(object)
    """The number of a candidate, or None."""
    clicked = QtCore.pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        # All of them at once: Tab goes through widgets in the order in which they were made.
        self._buttons = [self._make_button(nth) for nth in range(VARIANTS_MAX)]
        self._count = 0

    def show_gallery(self, view: GalleryView) -> None:
        """Draw these."""
        self._count = len(view.candidates)
        for nth, button in enumerate(self._buttons):
            if nth < self._count:
                button.show_candidate(view.candidates[nth], view.is_by_seed)
                is_chosen = nth == view.chosen and not view.question
                button.mark(is_chosen, nth in view.kept)
                button.setEnabled(not view.is_waiting)
            if button.isHidden() is (nth < self._count):
                button.setVisible(nth < self._count)
        self._lay_out()

    @slot
    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Other rows for another width."""
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    def _make_button(self, nth: int) -> CandidateButton:
        button = CandidateButton(self)
        button.setObjectName(f"sdedit_candidate_{nth}")
        button.pointed.connect(functools.partial(self._point, nth))
        button.stepped.connect(functools.partial(self._step, nth))
        button.clicked.connect(functools.partial(self._click, nth))
        button.hide()
        return button

    @slot
    def _point(self, nth: int, is_on: bool) -> None:
        self.pointed.emit(nth if is_on else None)

    @slot
    def _step(self, nth: int, by: int) -> None:
        to = (nth + by) % self._count
        self._buttons[to].setFocus(QtCore.Qt.FocusReason.TabFocusReason)

    @slot
    def _click(self, nth: int) -> None:
        self.clicked.emit(nth)

    def _lay_out(self) -> None:
        if not self._count:
            return
        room = self.width() + SPACING_PX
        most = max(1, room // (CELL_LEAST_PX + SPACING_PX))
        rows = math.ceil(self._count / most)
        columns = math.ceil(self._count / rows)
        width = room // columns - SPACING_PX
        seen = self._buttons[: self._count]
        picture = max(min(width * button.aspect(), PICTURE_MOST_PX) for button in seen)
        height = round(picture) + seen[0].caption_px()
        for nth, button in enumerate(seen):
            row, column = divmod(nth, columns)
            left, top = column * (width + SPACING_PX), row * (height + SPACING_PX)
            if self.isRightToLeft():
                left = self.width() - left - width
            button.setGeometry(left, top, width, height)
        self.setFixedHeight(rows * (height + SPACING_PX) - SPACING_PX)
