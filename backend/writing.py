"""Files that are either whole or absent, whenever the process or the power goes."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a neighbour, flush it to disk, and rename it over ``path``.

    Raises OSError; then ``path`` is as it was, and no neighbour is left.
    """
    # Its own short name: the longest name a file may have is no longer here, and two threads or
    # processes that write the same file do not meet.
    beside = path.with_name(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
