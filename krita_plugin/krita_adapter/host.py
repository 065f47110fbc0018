"""Krita's own services: its memory for settings, its actions, its goodbye, its dockers."""

from __future__ import annotations

import platform
from typing import Any, Callable

from krita import DockWidget, DockWidgetFactory, DockWidgetFactoryBase, Extension, Krita

from ..qt import QtCore, QtGui, QtWidgets

GROUP = "sdedit"
"""Our group in Krita's configuration file."""
DOCKER_NAME = "sdedit_docker"
SCRIPTS_MENU = "tools/scripts"


def read_settings(names: list[str]) -> dict[str, str]:
    """What Krita remembers of these settings; "" for what it does not know."""
    return {name: str(Krita.instance().readSetting(GROUP, name, "")) for name in names}


def write_settings(texts: dict[str, str]) -> None:
    """Have Krita remember these settings (it writes them to disk in its own time)."""
    for name, text in texts.items():
        Krita.instance().writeSetting(GROUP, name, text)


def version_in_words() -> str:
    """Which Krita this is, for the log: "Krita 5.2.9, Python 3.10.7, Qt 5.15.7"."""
    krita, qt = Krita.instance().version(), QtCore.qVersion()
    return f"Krita {krita}, Python {platform.python_version()}, Qt {qt}"


def icon(name: str) -> QtGui.QIcon:
    """Krita's own icon of that name, in the colours of its theme."""
    return Krita.instance().icon(name)


def show_docker_of(panel: QtWidgets.QWidget) -> None:
    """Open the docker that holds the panel, and bring it before the others."""
    docker = _around(panel, QtWidgets.QDockWidget)
    if docker is not None:
        docker.show()
        docker.raise_()


def is_in_active_window(panel: QtWidgets.QWidget) -> bool:
    """Whether the artist is in that window of Krita, to which a floating docker belongs, too."""
    window = _around(panel, QtWidgets.QMainWindow)
    return window is not None and window is _around(
        QtWidgets.QApplication.activeWindow(), QtWidgets.QMainWindow
    )


def _around(widget: QtWidgets.QWidget | None, kind: Any) -> QtWidgets.QWidget | None:
    """The widget itself, or the nearest of that kind around it."""
    while widget is not None and not isinstance(widget, kind):
        widget = widget.parentWidget()
    return widget


def when_closing(action: Callable[[], None]) -> None:
    """Call ``action`` when Krita ends. Python's own exit handlers never run in Krita."""
    notifier = Krita.instance().notifier()
    notifier.setActive(True)
    notifier.applicationClosing.connect(action)


def register(
    make_panel: Callable[[], QtWidgets.QWidget],
    actions: dict[str, tuple[str, Callable[[], None]]],
    on_canvas_changed: Callable[[], None],
) -> None:
    """Give Krita the docker, and ``actions``: name to (text, what it does).

    Krita makes one docker for each of its windows, each with a panel of its own.
    """

    class SDEditExtension(Extension):
        """Puts the actions into each new window's menu and into the shortcut editor."""

        def setup(self) -> None:
            """Krita's call at its start; nothing is to be done before there is a window."""

        def createActions(self, window: Any) -> None:  # noqa: N802
            """Krita's call for each new window."""
            for name, (text, run) in actions.items():
                window.createAction(name, text, SCRIPTS_MENU).triggered.connect(run)

    class SDEditDocker(DockWidget):
        """The frame that Krita docks; all in it is the panel's."""

        def __init__(self) -> None:
            super().__init__()
            self.setObjectName(DOCKER_NAME)
            self.setWindowTitle("SDEdit")
            self.setWidget(make_panel())

        def canvasChanged(self, canvas: Any) -> None:  # noqa: N802, ARG002
            """Krita's call when another document, or none, is shown in this window."""
            on_canvas_changed()

    krita = Krita.instance()
    krita.addExtension(SDEditExtension(krita))
    krita.addDockWidgetFactory(
        DockWidgetFactory(DOCKER_NAME, DockWidgetFactoryBase.DockRight, SDEditDocker)
    )
