"""The panel in a docker that may be lower than it is."""

from __future__ import annotations

from ..qt import QtCore, QtWidgets
from ..slots import slot
from .panel import Panel

HEIGHT_LEAST_PX = 120
_Bar = QtCore.Qt.ScrollBarPolicy


class Scrolled(QtWidgets.QScrollArea):
    """Scrolls up and down where there is too little height; it is never narrower than what it
    shows."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(_Bar.ScrollBarAlwaysOff)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.setWidget(panel)
        # The docker's own colour is behind it.
        for widget in (panel, self.viewport()):
            widget.setAutoFillBackground(False)

    @slot
    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """As wide as the panel must be, and the scroll bar beside it."""
        bar = self.verticalScrollBar()
        beside = bar.sizeHint().width() if bar.isVisible() else 0
        panel = self.widget()
        width = 0 if panel is None else panel.minimumSizeHint().width()
        return QtCore.QSize(width + beside, HEIGHT_LEAST_PX)

    @slot
    def focusNextPrevChild(self, is_next: bool) -> bool:  # noqa: N802
        """Qt's call for Tab and Shift+Tab. Left to itself it goes backwards to Krita's canvas from
        any field."""
        has_moved: bool = self.widget().move_keyboard(is_next)
        if has_moved:
            self.ensureWidgetVisible(self.focusWidget())
        return has_moved

    @slot
    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Qt's call before the panel gets an event: it may need another width."""
        if event.type() == QtCore.QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return bool(super().eventFilter(watched, event))
