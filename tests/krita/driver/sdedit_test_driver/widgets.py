"""Widgets by their object names: where they are and what they show."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QPoint
from PyQt5.QtWidgets import QApplication, QComboBox, QListWidget, QTabBar, QTreeWidget, QWidget

from . import windows

# Read where the widget has a method of that name.
_PROPERTIES = ("text", "value", "minimum", "maximum", "toolTip", "isChecked", "currentText")


def find(path: str) -> QWidget:
    """The widget of an object name, or of several joined by "/", each inside the one before.

    Krita gives some names twice: of several widgets the first that can be seen is meant.
    """
    candidates = QApplication.allWidgets()
    for name in path.split("/"):
        named = [widget for widget in candidates if widget.objectName() == name]
        candidates = [child for widget in named for child in widget.findChildren(QWidget)]
    if not named:
        raise LookupError(f"no widget is named {path!r}")
    return min(named, key=lambda widget: widget.visibleRegion().isEmpty())


def state(path: str) -> dict[str, Any]:
    """What a widget shows: its text, value, range, whether enabled, and whether to be seen."""
    widget = find(path)
    shown: dict[str, Any] = {
        "class": widget.metaObject().className(),
        "enabled": widget.isEnabled(),
        "visible": widget.isVisible(),
        "on_screen": not widget.visibleRegion().isEmpty(),
        "focus": widget.hasFocus(),
    }
    for name in _PROPERTIES:
        method = getattr(widget, name, None)
        if callable(method):
            shown[name] = method()
    if isinstance(widget, QTreeWidget):
        items = [widget.topLevelItem(row) for row in range(widget.topLevelItemCount())]
        shown["cells"] = [item.text(n) for item in items for n in range(widget.columnCount())]
    if isinstance(widget, QListWidget):
        shown["items"] = [widget.item(row).text() for row in range(widget.count())]
    if isinstance(widget, QComboBox):
        shown["items"] = [widget.itemText(row) for row in range(widget.count())]
    return shown


def rectangle(path: str) -> list[int]:
    """The part of a widget that can be seen, as [x, y, width, height] on the screen."""
    widget = find(path)
    visible = widget.visibleRegion().boundingRect()
    if visible.isEmpty():
        raise RuntimeError(f"{path!r} cannot be seen: {state(path)}")
    corner = widget.mapToGlobal(visible.topLeft())
    return [corner.x(), corner.y(), visible.width(), visible.height()]


def clickable_point(path: str) -> list[int]:
    """The screen point in the middle of a widget, once sure that a click there would reach it."""
    x, y, width, height = rectangle(path)
    point = QPoint(x + width // 2, y + height // 2)
    widget = find(path)
    reached = QApplication.widgetAt(point)
    modal = QApplication.activeModalWidget()
    if modal is not None and modal is not widget.window():
        raise RuntimeError(f"a dialog is before {path!r}: {windows.dialog()}")
    if reached is not widget and not widget.isAncestorOf(reached):
        raise RuntimeError(f"{path!r} is covered by {reached.metaObject().className()}")
    return [point.x(), point.y()]


def part_point(path: str, text: str) -> list[int]:
    """The screen point in the middle of a tab, an item of a list, or a menu's entry."""
    widget = find(path)
    if isinstance(widget, QTabBar):
        (part,) = [n for n in range(widget.count()) if widget.tabText(n) == text]
        rectangle, on = widget.tabRect(part), widget
    elif isinstance(widget, QListWidget):
        part = next(n for n in range(widget.count()) if widget.item(n).text().startswith(text))
        rectangle, on = widget.visualItemRect(widget.item(part)), widget.viewport()
    else:
        (entry,) = [action for action in widget.actions() if action.text() == text]
        rectangle, on = widget.actionGeometry(entry), widget
    point = on.mapToGlobal(rectangle.center())
    return [point.x(), point.y()]


def is_there(name: str) -> bool:
    """Whether a widget of that name can be seen."""
    return any(w.objectName() == name and w.isVisible() for w in QApplication.allWidgets())


def popup_is_open() -> bool:
    """Whether a list or menu is open."""
    return QApplication.activePopupWidget() is not None


def has_keyboard(path: str) -> bool:
    """Whether typing would reach a widget, or the line edit inside it."""
    widget = find(path)
    focused = QApplication.focusWidget()
    return focused is not None and (focused is widget or widget.isAncestorOf(focused))
