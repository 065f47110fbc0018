"""Run by `test_panel` once for each Qt: the real connection through Qt's own event loop."""

from __future__ import annotations

import time
from collections.abc import Callable

from sdedit.link.connection import QtConnection
from sdedit.link.process import BackendProcess
from sdedit.protocol.messages import Hello, Ping, Status, Welcome
from sdedit.qt import QtCore, QtWidgets

from tests.plugin.desk import PATIENCE_S
from tests.plugin.fronts import Front


def spin(application: QtWidgets.QApplication, holds: Callable[[], bool]) -> None:
    """Run Qt's event loop until ``holds()``."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end
        application.processEvents(QtCore.QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)


def test_messages_arrive_through_qts_event_loop_without_polling(application, front: Front) -> None:
    process = BackendProcess(front.installation)
    connection = None
    try:
        spin(application, lambda: process.address() is not None)
        arrived: list[object] = []

        def take() -> None:
            assert connection is not None
            arrived.extend(connection.receive())

        connection = QtConnection(str(process.address()), front.keys, take)

        def is_connected() -> bool:
            connection.watch()
            return connection.is_connected

        spin(application, is_connected)
        connection.send(Hello("test"))
        spin(application, lambda: any(isinstance(item, Welcome) for item in arrived))
        for number in range(50):
            connection.send(Ping(number))
        # Nothing but the connection's own notice calls `take`. Of answers that wait for a slow
        # reader the front keeps the last.
        spin(
            application,
            lambda: any(isinstance(item, Status) and item.number == 49 for item in arrived),
        )
    finally:
        if connection is not None:
            connection.close()
        process.stop()
        spin(application, lambda: process.exit_status() is not None)


def test_a_connection_can_be_closed_from_within_its_own_notice(application, front: Front) -> None:
    process = BackendProcess(front.installation)
    closed: list[bool] = []
    connection = None

    def close() -> None:
        assert connection is not None
        connection.close()
        closed.append(True)

    try:
        spin(application, lambda: process.address() is not None)
        connection = QtConnection(str(process.address()), front.keys, close)
        spin(application, lambda: bool(closed))
        application.processEvents()
        assert closed == [True]
    finally:
        process.stop()
        spin(application, lambda: process.exit_status() is not None)
