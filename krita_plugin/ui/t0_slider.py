"""The slider for t0, with the range marked in which most guides work."""

from __future__ import annotations

from ..qt import QtCore, QtGui, QtWidgets
from ..settings import T0_BAND, T0_MAX, T0_MIN
from ..slots import slot

UNITS = 1000
"""Slider positions per 1.0 of t0."""
HEIGHT_LEAST_PX = 22
BAND_PX = 3

_Style = QtWidgets.QStyle


class T0Slider(QtWidgets.QSlider):
    """t0 in thousandths, drawn as Krita draws sliders, with a band in its highlight colour."""

    def __init__(self) -> None:
        super().__init__(QtCore.Qt.Orientation.Horizontal)
        self.setRange(round(T0_MIN * UNITS), round(T0_MAX * UNITS))
        self.setSingleStep(UNITS // 100)
        self.setPageStep(UNITS // 20)
        self.setMinimumHeight(HEIGHT_LEAST_PX)
        self._marks: tuple[float, ...] = ()

    @property
    def t0(self) -> float:
        return float(self.value() / UNITS)

    def set_t0(self, t0: float) -> None:
        """Move the handle to ``t0``."""
        self.setValue(round(t0 * UNITS))

    def set_marks(self, t0s: tuple[float, ...]) -> None:
        """Mark where pictures are finished."""
        if t0s != self._marks:
            self._marks = t0s
            self.update()

    @slot
    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """The style's own slider, below its groove the band, and on that the marks."""
        super().paintEvent(event)
        group = (
            QtGui.QPalette.ColorGroup.Active
            if self.isEnabled()
            else QtGui.QPalette.ColorGroup.Disabled
        )
        left, right = (self._place_of(t0) for t0 in T0_BAND)
        band = QtCore.QRectF(left, self.height() - BAND_PX, right - left, BAND_PX).normalized()
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(group, QtGui.QPalette.ColorRole.Highlight))
        painter.drawRoundedRect(band, BAND_PX / 2, BAND_PX / 2)
        painter.setBrush(self.palette().color(group, QtGui.QPalette.ColorRole.WindowText))
        for t0 in self._marks:
            middle = QtCore.QPointF(self._place_of(t0), self.height() - BAND_PX / 2)
            painter.drawEllipse(middle, BAND_PX / 2 + 0.5, BAND_PX / 2 + 0.5)
        painter.end()

    def _place_of(self, t0: float) -> float:
        """Where the middle of the handle is, in pixels, when the slider stands at ``t0``."""
        option = QtWidgets.QStyleOptionSlider()
        self.initStyleOption(option)
        control = _Style.ComplexControl.CC_Slider
        groove, handle = (
            self.style().subControlRect(control, option, part, self)
            for part in (_Style.SubControl.SC_SliderGroove, _Style.SubControl.SC_SliderHandle)
        )
        offset = _Style.sliderPositionFromValue(
            self.minimum(),
            self.maximum(),
            round(t0 * UNITS),
            groove.width() - handle.width(),
            option.upsideDown,
        )
        return float(groove.left() + handle.width() / 2 + offset)
