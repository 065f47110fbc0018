"""The line to the test: requests and replies as JSON, one a line, over a Unix socket.

request  {"id": 1, "code": "x + 1", "values": {"x": 2}}
reply    {"id": 1, "ok": true, "value": 3, "unhandled": []}
         {"id": 1, "ok": false, "error": "Traceback ...", "unhandled": []}

Bytes travel as {"$bytes": "<base64>"}. ``unhandled`` holds the tracebacks of exceptions that
nobody caught since the last reply.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import traceback
from typing import Any

from PyQt5.QtCore import QByteArray, QObject, QSocketNotifier

from . import errors, snippets

SOCKET_VARIABLE = "SDEDIT_TEST_DRIVER_SOCKET"
_RECEIVE_BYTES = 1 << 20

_link: Link | None = None


def connect_to_test() -> None:
    """Connect to the waiting test, once."""
    global _link
    if _link is None:
        _link = Link(os.environ[SOCKET_VARIABLE])


class Link(QObject):
    """Reads requests when Qt says there are some, and answers each before the next.

    A request may open a nested event loop (a dialog): the socket is then read again from inside
    it, so the test can look at the dialog and close it.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._received = bytearray()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._notifier = QSocketNotifier(self._socket.fileno(), QSocketNotifier.Read, self)
        self._notifier.activated.connect(self._read)

    def _read(self) -> None:
        # The outermost edge of a Qt slot: nothing may leave it, or Krita shows a dialog.
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
            if not data:
                self._notifier.setEnabled(False)
                return
            self._received += data
            while b"\n" in self._received:
                line, _, rest = bytes(self._received).partition(b"\n")
                self._received = bytearray(rest)
                self._socket.sendall(_answer(json.loads(line, object_hook=_decode)))
        except Exception:  # noqa: BLE001
            self._notifier.setEnabled(False)
            traceback.print_exc()


def _answer(request: dict[str, Any]) -> bytes:
    reply: dict[str, Any] = {"id": request["id"], "ok": True}
    try:
        reply["value"] = snippets.run(request["code"], request["values"])
        json.dumps(reply["value"], default=_encode)
    except Exception:  # noqa: BLE001 (whatever a snippet raises is the test's to see)
        reply.update(ok=False, value=None, error=traceback.format_exc())
    reply["unhandled"] = errors.take_unhandled()
    return json.dumps(reply, default=_encode).encode() + b"\n"


def _encode(value: object) -> dict[str, str]:
    if isinstance(value, (bytes, bytearray, memoryview, QByteArray)):
        return {"$bytes": base64.b64encode(bytes(value)).decode()}
    raise TypeError(f"a test cannot be sent a {type(value).__name__}: {value!r}")


def _decode(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value
