"""A process that a front has started: what all such processes do from their birth to their end."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable

from backend.lifeline import STDIN, when_stdin_closes
from backend.worker.link import Way, read_way

log = logging.getLogger(__name__)


def serve_front(serve: Callable[[Way], int]) -> int:
    """Call ``serve`` with the way to the front, which stdin tells; the process's exit code.

    The process ends with the front that holds its stdin, and at once by any error.
    """
    try:
        way = read_way(STDIN)
    except ValueError as error:
        log.error("Not started by a front: %s.", error)
        return 2
    # os._exit: the work in progress is nobody's any more, and torch need not be asked.
    when_stdin_closes(lambda: os._exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the front's to decide on.
    try:
        return serve(way)
    except Exception:
        log.exception("The process ends.")
        logging.shutdown()
        os._exit(1)  # At once: what torch does at its end may wait for a device that is lost.
