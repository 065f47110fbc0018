"""The test's end of the line to the driver plugin inside Krita (see driver/.../link.py)."""

from __future__ import annotations

import base64
import json
import os
import select
import socket
import time
from pathlib import Path
from typing import Any


class KritaError(Exception):
    """Something about the Krita under test went wrong.

    KritaError
    ├── KritaDied         the process ended, or its line broke
    ├── KritaTimeout      it did not answer, or a condition did not come true, in time
    ├── SnippetFailed     the code that the test sent raised; the traceback is the message
    └── UncleanExit       it ended, but not with status 0, or left processes or errors behind
    """


class KritaDied(KritaError):
    """The process ended, or its line broke."""


class KritaTimeout(KritaError):
    """Krita did not answer, or a condition did not come true, in time."""


class SnippetFailed(KritaError):
    """The code that the test sent raised an exception inside Krita."""


class UncleanExit(KritaError):
    """Krita ended with a status other than 0, or left processes or errors behind."""


class Link:
    """Waits for the driver to connect, then asks and receives, one request at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unhandled: list[str] = []
        self._last_id = 0
        self._received = bytearray()
        self._connection: socket.socket | None = None
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)

    def accept(self, pid: int, timeout_s: float) -> None:
        """Wait for the driver in process ``pid``; KritaDied if that ends first."""
        pid_fd = os.pidfd_open(pid)
        try:
            ready, _, _ = select.select([self._listener.fileno(), pid_fd], [], [], timeout_s)
        finally:
            os.close(pid_fd)
        if self._listener.fileno() in ready:
            self._connection, _ = self._listener.accept()
        elif ready:
            raise KritaDied("Krita ended before the test driver in it said a word")
        else:
            raise KritaTimeout(f"the test driver in Krita said no word within {timeout_s:g} s")

    def ask(self, code: str, values: dict[str, Any], timeout_s: float) -> Any:
        """Run ``code`` inside Krita and return its value; answers to earlier questions that
        came too late are passed over."""
        if self._connection is None:
            raise KritaDied("there is no line to Krita")
        self._last_id += 1
        request = {"id": self._last_id, "code": code, "values": values}
        deadline = time.monotonic() + timeout_s
        try:
            self._connection.settimeout(timeout_s)
            self._connection.sendall(json.dumps(request, default=_encode).encode() + b"\n")
            while True:
                reply = json.loads(self._receive_line(deadline), object_hook=_decode)
                self.unhandled += reply["unhandled"]
                if reply["id"] == self._last_id:
                    break
        except TimeoutError as error:
            raise KritaTimeout(f"no answer within {timeout_s:g} s to: {code}") from error
        except OSError as error:
            raise KritaDied(f"the line to Krita broke: {error}") from error
        if not reply["ok"]:
            raise SnippetFailed(reply["error"])
        return reply["value"]

    def close(self) -> None:
        """Hang up."""
        self._listener.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _receive_line(self, deadline: float) -> bytes:
        assert self._connection is not None
        scanned = 0
        while (end := self._received.find(b"\n", scanned)) < 0:
            scanned = len(self._received)
            self._connection.settimeout(max(deadline - time.monotonic(), 0.001))
            data = self._connection.recv(1 << 20)
            if not data:
                raise ConnectionResetError("Krita hung up")
            self._received += data
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line


def _encode(value: object) -> dict[str, str]:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(f"Krita cannot be sent a {type(value).__name__}")


def _decode(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value
