"""Files that are either whole or absent, whenever the process or the power goes."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

PART = re.compile(r"\.([0-9]{1,10})-[0-9]+\.part")
"""The names of files that are being written, by the process that writes them."""


def write_whole(path: Path, data: bytes) -> None:
    """Write a neighbour, flush it to disk, and rename it over ``path``.

    Raises OSError; then ``path`` is as it was, and no neighbour is left.
    """
    with writing_whole(path) as file:
        file.write(data)


@contextlib.contextmanager
def writing_whole(path: Path) -> Iterator[BinaryIO]:
    """The same for what is written piece by piece into the file that this gives."""
    # Its own short name: the longest name a file may have is no longer here, and two threads or
    # processes that write the same file do not meet.
    beside = path.with_name(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename, error.filename2 = os.fspath(path), None  # of the two, the one asked for
        raise


def sweep(folder: Path) -> None:
    """Remove what processes that were killed have left half written in a folder."""
    for path in folder.glob(".*.part"):
        name = PART.fullmatch(path.name)
        if name is not None and not _is_being_written(int(name[1])):
            with contextlib.suppress(OSError):
                path.unlink()


def _is_being_written(writer: int) -> bool:
    if sys.platform == "win32":
        return False  # There, what a process has open cannot be removed.
    try:
        os.kill(writer, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # of another user
    return writer != os.getpid()
