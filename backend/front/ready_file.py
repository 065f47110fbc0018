"""The file that says where the front listens, for whoever started it."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from backend.writing import write_whole
from protocol.errors import SDEditError

log = logging.getLogger(__name__)


class ReadyFile:
    """There from the moment at which the front listens until it begins to end.

    Whoever closes the front's stdin sees by its going that the front has noticed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._content = b""

    def announce(self, address: str) -> None:
        """Write it. Raises SDEditError when that is impossible."""
        self._content = json.dumps({"address": address, "pid": os.getpid()}).encode()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, self._content)
        except OSError as error:
            raise SDEditError(
                f"The ready file {self._path} cannot be written ({error.strerror}).",
                "Choose another place with --ready-file.",
                code="ready-file",
            ) from error

    def withdraw(self) -> None:
        """Remove it while it says what we wrote: another front may be announced there.

        May be called from any thread, and more than once.
        """
        try:
            if self._content and self._path.read_bytes() == self._content:
                self._path.unlink()
        except FileNotFoundError:
            pass
        except OSError as error:
            log.warning("The ready file %s cannot be removed (%s).", self._path, error.strerror)
