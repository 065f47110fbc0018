"""A part of the panel: some rows of widgets that belong together."""

from __future__ import annotations

from typing import Any

from ..panel_state import PanelState
from ..qt import QtCore, QtWidgets
from . import texts


class Row:
    """One row: a widget with its label before it, or without one over the whole width.

    It is seen while its section wants it and it is not folded away.
    """

    def __init__(
        self,
        text: str,
        widget: QtWidgets.QWidget,
        labelled: QtWidgets.QWidget | None = None,
        is_at_top: bool = False,
    ) -> None:
        """``labelled``: what the label names and stands level with, if not the widget itself;
        ``is_at_top``: whether the label stands at the top of a tall row."""
        self.widget = widget
        self.is_at_top = is_at_top
        self.label: QtWidgets.QLabel | None = None
        self._is_wanted = self._is_unfolded = True
        if text:
            named_one = labelled or widget
            self.label = QtWidgets.QLabel(text)
            self.label.setBuddy(named_one)
            self.label.setToolTip(named_one.toolTip())
            # Level with what it names, not with captions below that.
            self.label.setMinimumHeight(named_one.minimumHeight())

    def want(self, is_wanted: bool) -> None:
        """The section has something to show here, or has not."""
        self._is_wanted = is_wanted
        self._show()

    def unfold(self, is_unfolded: bool) -> None:
        """The artist has opened the part of the panel in which this row is, or closed it."""
        self._is_unfolded = is_unfolded
        self._show()

    def _show(self) -> None:
        is_seen = self._is_wanted and self._is_unfolded
        for widget in (self.label, self.widget):
            if widget is None:
                continue
            if not is_seen:
                widget.hide()
            elif widget.isHidden() and widget.parent() is not None:
                widget.show()  # without a parent it would become a window


class Section(QtCore.QObject):
    """Draws its part of a `PanelState`; says what the artist asks for."""

    asked = QtCore.pyqtSignal(object)
    """A command."""
    is_folded = False
    """Whether its rows are under "More", which is closed at first."""

    def rows(self) -> list[Row]:
        """Its rows, from the top; called once."""
        raise NotImplementedError

    def show_state(self, state: PanelState) -> None:
        """Draw ``state``; what has not changed since the last one is left alone."""
        raise NotImplementedError

    def take_typed(self) -> None:
        """Take over what is typed in number and text fields, and give the keyboard back to Krita:
        in a field Ctrl+Z would undo the typing instead of the layer."""


def named(widget: Any, name: str) -> Any:
    """Give a widget the name for tests, and the words for those who hear or hover it."""
    widget.setObjectName(f"sdedit_{name}")
    widget.setAccessibleName(texts.NAMES[name])
    widget.setAccessibleDescription(texts.TIPS[name])
    widget.setToolTip(texts.TIPS[name])
    return widget


def leave_keyboard_to_canvas(*widgets: QtWidgets.QWidget) -> None:
    """A click must not take the keyboard from the canvas, where space pans; Tab still comes."""
    for widget in widgets:
        widget.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)


def show_value(widget: Any, shown: Any, show: Any, value: Any) -> None:
    """``show(value)`` unless it is ``shown``, and without a signal.

    Setting it again would wipe out what is just being typed.
    """
    if shown != value:
        was_blocked = widget.blockSignals(True)
        show(value)
        widget.blockSignals(was_blocked)


def give_back_keyboard(*fields: QtWidgets.QAbstractSpinBox) -> None:
    """Take over what is typed in number fields and leave them."""
    for field in fields:
        field.interpretText()
        field.clearFocus()
