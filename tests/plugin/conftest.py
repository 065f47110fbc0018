"""Stages the plugin before any test module imports it, and gives tests a backend to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.plugin import staged  # noqa: F401 (its import makes `sdedit` importable)
from tests.plugin.desk import Desk
from tests.plugin.fronts import Front

if TYPE_CHECKING:
    from sdedit.qt import QtWidgets

StartDesk = Callable[..., Desk]


@pytest.fixture
def front(tmp_path: Path) -> Front:
    """A home with keys, and a backend program that can be told how to behave."""
    return Front(tmp_path / "home")


@pytest.fixture
def open_desk(front: Front) -> Iterator[StartDesk]:
    """Makes the plugin's core over an in-memory studio; its backend is ended after the test."""
    desks: list[Desk] = []

    def make(**options: object) -> Desk:
        desks.append(Desk(front, **options))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(open_desk: StartDesk) -> Desk:
    """A core with one open document, and a backend whose worker inverts the guide."""
    return open_desk()


@pytest.fixture(scope="session")
def application() -> QtWidgets.QApplication:
    """Qt, off screen, for those tests that are `test_panel`'s cases."""
    from sdedit.qt import QtGui, QtWidgets

    application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["test"])
    # About the size that Krita gives its dockers; the off-screen default is larger.
    application.setFont(QtGui.QFont("Sans Serif", 9))
    return application
