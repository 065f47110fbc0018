"""A part of the panel: some rows of widgets that belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..panel_state import PanelState
from ..qt import QtCore, QtWidgets
from . import texts


@dataclass(frozen=True)
class Row:
    """One row: the label before it ("" for none, then it takes the whole width)."""

    label: str
    widget: QtWidgets.QWidget
    labelled: QtWidgets.QWidget | None = None
    """What the label names and stands level with; None: the widget itself."""
    is_at_top: bool = False
    """Whether the label stands at the top of the row."""


class Section(QtCore.QObject):
    """Draws its part of a `PanelState`; says what the artist asks for."""

    asked = QtCore.pyqtSignal(object)
    """A command."""

    def rows(self) -> list[Row]:
        """Its rows, from the top."""
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
