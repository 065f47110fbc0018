"""Labels for a narrow docker."""

from __future__ import annotations

from ..qt import QtCore, QtGui, QtWidgets
from ..slots import slot


class ElidedLabel(QtWidgets.QLabel):
    """One line that is shortened with … in its middle where it does not fit.

    `text()` and the tool tip keep all of it.
    """

    @slot
    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """As narrow as one likes."""
        return QtCore.QSize(0, super().minimumSizeHint().height())

    @slot
    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802, ARG002
        """The text in the palette's colour, shortened to the width there is."""
        painter = QtGui.QPainter(self)
        rect = self.contentsRect()
        middle = QtCore.Qt.TextElideMode.ElideMiddle
        text = painter.fontMetrics().elidedText(self.text(), middle, rect.width())
        self.style().drawItemText(
            painter,
            rect,
            int(self.alignment()),
            self.palette(),
            self.isEnabled(),
            text,
            self.foregroundRole(),
        )


def small_label(text: str) -> QtWidgets.QLabel:
    """A muted caption in a smaller size than what it belongs to."""
    label = QtWidgets.QLabel(text)
    font = label.font()
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * 0.9)
    label.setFont(font)
    return label
