"""Logging of a backend process: to a file that cannot grow without bound, and to a terminal.

Logs name jobs, sizes, times and errors; never a key and never a pixel, however much is logged.
SDEDIT_LOG=debug in the environment logs everything.
"""

from __future__ import annotations

import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from protocol.sentences import escaped

FORMAT = "%(asctime)s %(levelname)-7s %(process)d %(name)s: %(message)s"
FILE_BYTES = 1024 * 1024
OLD_FILES = 2
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
LEVEL_VARIABLE = "SDEDIT_LOG"


def set_up_logging(file: Path | None) -> None:
    """Log to ``file``, and to stderr where someone reads it, or where the file cannot be written.

    What a program that started us collects of our stderr has no bound, so nothing is logged there
    that is in the file already.
    """
    root = logging.getLogger()
    root.setLevel(LEVELS.get(os.environ.get(LEVEL_VARIABLE, "info").lower(), logging.INFO))
    # A full disk must not turn each line that cannot be logged into a stack trace on stderr.
    logging.raiseExceptions = False
    handlers: list[logging.Handler] = []
    problem: OSError | None = None
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handlers.append(_rotating(file))
        except OSError as error:
            problem = error
    if not handlers or sys.stderr.isatty():
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(OneLine(FORMAT))
        root.addHandler(handler)
    root.debug("Everything is logged.")
    if problem is not None:
        print(f"The log {file} cannot be written ({problem.strerror}).", file=sys.stderr)


class OneLine(logging.Formatter):
    """Keeps a message to one line, whatever names are in it; a stack trace follows on its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        return escaped(super().formatMessage(record))


def _rotating(file: Path) -> RotatingFileHandler:
    return RotatingFileHandler(
        file,
        maxBytes=FILE_BYTES,
        backupCount=OLD_FILES,
        encoding="utf-8",
        errors="backslashreplace",  # file names may hold what has no UTF-8 form
    )
