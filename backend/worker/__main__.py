"""A worker process: started by the front's pool, it loads torch and a model and runs jobs.

    python -m backend.worker --device auto [--log FILE]

It reads the way to the front from its stdin and ends when that stdin closes.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from backend.lifeline import STDIN, when_stdin_closes
from backend.logs import set_up_logging
from backend.worker.link import Link, read_way
from backend.worker.work import work

log = logging.getLogger("backend.worker")


def main() -> int:
    parser = argparse.ArgumentParser(prog="backend.worker")
    parser.add_argument("--device", required=True)
    parser.add_argument("--log", type=Path)
    options = parser.parse_args()
    set_up_logging(options.log)
    try:
        way = read_way(STDIN)
    except ValueError as error:
        log.error("Not started by a front: %s.", error)
        return 2
    # os._exit: the work in progress is nobody's any more, and torch need not be asked.
    when_stdin_closes(lambda: os._exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the front's to decide on.
    try:
        work(Link(way), options.device)
    except Exception:
        log.exception("The worker ends.")
        logging.shutdown()
        os._exit(1)  # At once: what torch does at its end may wait for a device that is lost.
    # The front has been told; it closes stdin when it has read that.
    threading.Event().wait()
    return 1


if __name__ == "__main__":
    sys.exit(main())
