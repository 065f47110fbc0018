"""A folder for one run of a private backend, which holds the keys to it.

sdedit-run-XXXXXXXX/     0700, in the system's folder for temporary files
    held                 locked by the program that made the folder, for as long as it lives
    keys/  ready.json    of its backend

Whoever makes one removes those whose maker and backend were both killed.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl

PREFIX = "sdedit-run-"
HELD = "held"
YOUNG_S = 60.0
"""Younger folders stay: their maker may be about to lock them."""


class RunFolder:
    """Made, and held, until `remove`."""

    def __init__(self) -> None:
        """Raises OSError."""
        remove_stale()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._held: IO[bytes] = (self.path / HELD).open("wb")
        if sys.platform != "win32":
            fcntl.flock(self._held, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Remove it with all that is in it; it may be gone already."""
        self._held.close()
        shutil.rmtree(self.path, ignore_errors=True)


def remove_stale() -> None:
    """Remove this user's folders that nobody holds any more. On Windows, which has no such lock,
    none are: there a user's temporary files are private."""
    if sys.platform == "win32":
        return
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_stale(path):
            shutil.rmtree(path, ignore_errors=True)


def _is_stale(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    try:
        status = path.lstat()
        is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
        if not is_ours or time.time() - status.st_mtime < YOUNG_S:
            return False
        # The lock, not a process id: that may be another process's by now, or mean nothing in
        # this container.
        with (path / HELD).open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
