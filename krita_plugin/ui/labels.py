"""Labels for a narrow docker."""

from __future__ import annotations

import re

from ..qt import QtCore, QtGui, QtWidgets
from ..slots import slot

NAME = re.compile("(?<=[“„「]).+(?=[”“」])")
"""A layer's name, in the quotation marks of the languages that there are."""


class ElidedLabel(QtWidgets.QLabel):
    """One line that is shortened with … where it does not fit.

    Of a text with a name in quotation marks the name alone gets shorter. `text()` and the tool tip
    keep all of it.
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
        # The line stands where the layout begins; its words run as their own language does.
        aligned = QtWidgets.QStyle.visualAlignment(self.layoutDirection(), self.alignment())
        painter.setLayoutDirection(QtCore.Qt.LayoutDirection.LayoutDirectionAuto)
        self.style().drawItemText(
            painter,
            rect,
            int(aligned | QtCore.Qt.AlignmentFlag.AlignAbsolute),
            self.palette(),
            self.isEnabled(),
            shortened(self.text(), painter.fontMetrics(), rect.width()),
            self.foregroundRole(),
        )


def shortened(text: str, metrics: QtGui.QFontMetrics, width_px: int) -> str:
    """The text, or with … in place of what does not fit."""
    if metrics.horizontalAdvance(text) <= width_px:
        return text
    quoted = NAME.search(text)
    if quoted is not None:
        before, name, after = text[: quoted.start()], quoted.group(), text[quoted.end() :]
        room_px = width_px - metrics.horizontalAdvance(before + after)
        name = metrics.elidedText(name, QtCore.Qt.TextElideMode.ElideMiddle, room_px)
        text = f"{before}{name or '…'}{after}"
        if metrics.horizontalAdvance(text) <= width_px:
            return text
    return str(metrics.elidedText(text, QtCore.Qt.TextElideMode.ElideRight, width_px))


def small_label(text: str) -> QtWidgets.QLabel:
    """A muted caption in a smaller size than what it belongs to."""
    label = QtWidgets.QLabel(text)
    font = label.font()
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * 0.9)
    label.setFont(font)
    return label
