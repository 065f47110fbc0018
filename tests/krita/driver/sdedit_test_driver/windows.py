"""Krita's main window, its dockers, and the dialogs that stand before it."""

from __future__ import annotations

from typing import Any

from krita import Krita
from PyQt5.QtCore import QEventLoop, QRect, Qt, QTimer
from PyQt5.QtWidgets import (
    QApplication,
    QDialog,
    QDockWidget,
    QLabel,
    QMainWindow,
    QMdiArea,
    QTabBar,
)


def main_window() -> QMainWindow:
    """The one main window."""
    window = Krita.instance().activeWindow()
    if window is None:
        raise LookupError("Krita has no main window")
    return window.qwindow()


def fill_screen() -> int:
    """Make the main window as large as the screen; returns its X window id."""
    window = main_window()
    window.setGeometry(QRect(window.screen().geometry()))
    window.activateWindow()
    return int(window.winId())


def active_window_id() -> int:
    """The X window id of the dialog that is open, or else of the main window."""
    return int((QApplication.activeModalWidget() or main_window()).winId())


def show_dockers(object_names: list[str], width: int) -> None:
    """Show dockers at the right, each in front of those it shares its place with, that wide."""
    window = main_window()
    found = [_docker(name) for name in object_names]
    for docker in found:
        docker.setFloating(False)
        docker.setVisible(True)
        docker.raise_()
    window.resizeDocks(found, [width] * len(found), Qt.Horizontal)


def hide_dockers(except_for: list[str]) -> None:
    """Hide all dockers but the toolbox and the named ones."""
    for docker in main_window().findChildren(QDockWidget):
        if docker.objectName() not in ["ToolBox", *except_for] and docker.isVisible():
            docker.setVisible(False)


def dockers() -> dict[str, bool]:
    """Object names of all dockers, and whether each can be seen."""
    found = main_window().findChildren(QDockWidget)
    return {d.objectName(): not d.visibleRegion().isEmpty() for d in found}


def _docker(object_name: str) -> QDockWidget:
    docker = main_window().findChild(QDockWidget, object_name)
    if docker is None:
        raise LookupError(f"no docker {object_name!r}; there are {sorted(dockers())}")
    return docker


def document_tab(name: str) -> list[int]:
    """The screen point in the middle of an open document's tab. Krita's scripts cannot turn to
    another document (5.1.5: neither setActiveDocument nor showView does), but a click can."""
    names = [view.document().name() for view in Krita.instance().activeWindow().views()]
    bar = main_window().findChild(QMdiArea).findChild(QTabBar)
    point = bar.mapToGlobal(bar.tabRect(names.index(name)).center())
    return [point.x(), point.y()]


def dialog() -> dict[str, Any] | None:
    """Title and words of the modal dialog that blocks Krita now, or None."""
    widget = QApplication.activeModalWidget()
    if widget is None:
        return None
    words = [label.text() for label in widget.findChildren(QLabel) if label.text()]
    return {"title": widget.windowTitle(), "class": widget.metaObject().className(), "words": words}


def dismiss_dialog() -> None:
    """Close the modal dialog that is open now, as its Escape key does."""
    widget = QApplication.activeModalWidget()
    if isinstance(widget, QDialog):
        widget.reject()
    elif widget is not None:
        widget.close()


def settle() -> None:
    """Let the event loop run for a moment, so that a picture shows what there is to see: Krita
    redraws its canvas and its thumbnails some time after a change. Messages that float over the
    canvas ("Zoom: 100 %") go."""
    for widget in QApplication.allWidgets():
        if widget.metaObject().className() == "KisFloatingMessage":
            widget.hide()
    loop = QEventLoop()
    QTimer.singleShot(300, loop.quit)
    loop.exec_()


def close_soon() -> None:
    """Close the main window after this request is answered; with no document open Krita ends."""
    QTimer.singleShot(0, main_window().close)
