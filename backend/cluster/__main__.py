"""The bridge as a process, started by the front's engine (`backend.front.ray_engine`).

    python -m backend.cluster --token FILE [--address HOST:PORT] [--device NAME] [--log FILE]

It reads the way to the front from its stdin and ends when that stdin closes.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import logging
import os
import sys
from pathlib import Path

from backend.cluster.actor import Serve, serve_edits
from backend.cluster.connection import connect
from backend.cluster.front_link import FrontLink
from backend.cluster.problems import refused
from backend.cluster.report import report
from backend.front.patience import PoolTimes
from backend.front.ray_engine import LEFT
from backend.logs import set_up_logging
from backend.worker.child import serve_front
from backend.worker.link import Way
from protocol.errors import SDEditError

log = logging.getLogger("backend.cluster")

CONNECT_S = 10.0
"""For a cluster that can be reached: to another token than its own Ray has no answer at all, and to
a machine that is no member it has one after a minute."""
SHOW_S = 1.0
"""For a problem to be told before the next attempt."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="backend.cluster")
    parser.add_argument("--token", type=Path, required=True)
    parser.add_argument("--address", default="")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--log", type=Path)
    options = parser.parse_args()
    set_up_logging(options.log)
    serve = functools.partial(serve_edits, device=options.device)
    return bridge(options.address, options.token, serve, PoolTimes())


def bridge(address: str, token: Path, serve: Serve, times: PoolTimes) -> int:
    """Run until the cluster is gone or our stdin closes; the process's exit code."""

    def run(way: Way) -> int:
        # Not asyncio.run, which waits for the threads of calls that may never return.
        asyncio.new_event_loop().run_until_complete(_serve(way, address, token, serve, times))
        logging.shutdown()
        os._exit(LEFT)  # At once: Ray's own end may wait for a head that is gone.

    return serve_front(run)


async def _serve(way: Way, address: str, token: Path, serve: Serve, times: PoolTimes) -> None:
    link = FrontLink(way)
    try:
        connecting = asyncio.get_running_loop().run_in_executor(None, connect, address, token)
        try:
            await asyncio.wait_for(connecting, CONNECT_S)
        except asyncio.TimeoutError:
            raise refused(address) from None
    except SDEditError as error:
        log.error("%s", error)
        await link.send("report", report("broken", error))
        await asyncio.sleep(SHOW_S)
        return
    from backend.cluster.bridge import Bridge  # which needs Ray

    await Bridge(link, serve, times).run()


if __name__ == "__main__":
    sys.exit(main())
