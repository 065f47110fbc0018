"""The button that unfolds what is rarely needed."""

from __future__ import annotations

from ..i18n import _
from ..qt import QtCore, QtGui, QtWidgets
from ..slots import slot
from .section import leave_keyboard_to_canvas

MARGIN_PX = 4
_Arrow = QtCore.Qt.ArrowType
_Style = QtWidgets.QStyle
PRIMITIVES = {
    _Arrow.DownArrow: _Style.PrimitiveElement.PE_IndicatorArrowDown,
    _Arrow.LeftArrow: _Style.PrimitiveElement.PE_IndicatorArrowLeft,
    _Arrow.RightArrow: _Style.PrimitiveElement.PE_IndicatorArrowRight,
}


class MoreButton(QtWidgets.QToolButton):
    """Its arrow points down while it is open, else along the way one reads."""

    def __init__(self) -> None:
        super().__init__()
        self.setText(_("More"))
        self.setCheckable(True)
        self.setAutoRaise(True)
        self.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggled.connect(self._turn)
        leave_keyboard_to_canvas(self)
        self._turn()

    @slot
    def changeEvent(self, event: QtCore.QEvent) -> None:  # noqa: N802
        """Qt's call when, among others, one reads the other way from now on."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.LayoutDirectionChange:
            self._turn()

    @slot
    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802, ARG002
        """The style's own button, with the arrow before the words: Qt itself would have it at the
        left also where the words begin at the right."""
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text, option.arrowType = "", _Arrow.NoArrow
        painter.drawComplexControl(_Style.ComplexControl.CC_ToolButton, option)
        room = self.rect().adjusted(MARGIN_PX, 0, -MARGIN_PX, 0)
        side = self.iconSize().width()
        direction = self.layoutDirection()
        start = QtCore.QRect(room.left(), (room.height() - side) // 2, side, side)
        option.rect = _Style.visualRect(direction, room, start)
        painter.drawPrimitive(PRIMITIVES[self.arrowType()], option)
        align = QtCore.Qt.AlignmentFlag
        painter.drawItemText(
            _Style.visualRect(direction, room, room.adjusted(side + MARGIN_PX, 0, 0, 0)),
            int(_Style.visualAlignment(direction, align.AlignLeft) | align.AlignVCenter),
            self.palette(),
            self.isEnabled(),
            self.text(),
            self.foregroundRole(),
        )
        painter.end()

    @slot
    def _turn(self) -> None:
        onwards = _Arrow.LeftArrow if self.isRightToLeft() else _Arrow.RightArrow
        self.setArrowType(_Arrow.DownArrow if self.isChecked() else onwards)
