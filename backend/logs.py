"""Logging of a backend process: to stderr, and to a file that cannot grow without bound.

Logs name jobs, sizes, times and errors; never a key and never a pixel.
"""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)-7s %(process)d %(name)s: %(message)s"
FILE_BYTES = 1024 * 1024
OLD_FILES = 2


def set_up_logging(file: Path | None) -> None:
    """Log to stderr and to ``file``; a file that cannot be written is only worth a warning."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    problem: OSError | None = None
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handlers.append(
                RotatingFileHandler(file, maxBytes=FILE_BYTES, backupCount=OLD_FILES, delay=False)
            )
        except OSError as error:
            problem = error
    for handler in handlers:
        handler.setFormatter(logging.Formatter(FORMAT))
        root.addHandler(handler)
    if problem is not None:
        root.warning("The log file %s cannot be written (%s).", file, problem.strerror)
