"""A worker process: started by the front's pool, it loads torch and a model and runs jobs.

    python -m backend.worker --device auto [--log FILE]

It reads the way to the front from its stdin and ends when that stdin closes.
"""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from backend.logs import set_up_logging
from backend.worker.child import serve_front
from backend.worker.link import Link, Way
from backend.worker.work import work


def main() -> int:
    parser = argparse.ArgumentParser(prog="backend.worker")
    parser.add_argument("--device", required=True)
    parser.add_argument("--log", type=Path)
    options = parser.parse_args()
    set_up_logging(options.log)

    def serve(way: Way) -> int:
        work(Link(way), options.device)
        # The front has been told; it closes stdin when it has read that.
        threading.Event().wait()
        return 1

    return serve_front(serve)


if __name__ == "__main__":
    sys.exit(main())
