"""`sdedit status`: what a backend is doing, its queue and its devices."""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from backend.cli.outcomes import OK
from protocol.errors import ConnectionLost

if TYPE_CHECKING:
    from backend.paths import Home
    from backend.remote import RemoteBackend

NAME = "status"
HELP = "Show what a backend does: its queue, devices, models and pace."
EVERY_S = 1.0
CLEAR = "\x1b[2J\x1b[H"
"""The terminal's own word for an empty screen."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--backend",
        metavar="NAME",
        help="one on another machine, that 'sdedit keys' has paired with this one; else the one "
        "that 'sdedit serve' runs here",
    )
    parser.add_argument(
        "--watch", action="store_true", help="show it anew each second until interrupted"
    )
    parser.add_argument("--json", action="store_true", help="for programs, as one line of JSON")


def run(options: argparse.Namespace) -> int:
    from backend.cli.status_text import as_json, as_text

    with _session(options) as backend:
        while True:
            report = backend.report()
            text = as_json(report) if options.json else as_text(report)
            print(CLEAR + text if options.watch and not options.json else text, flush=True)
            if not options.watch:
                return OK
            time.sleep(EVERY_S)


def _session(options: argparse.Namespace) -> RemoteBackend:
    from backend.paths import default_home
    from backend.remote import RemoteBackend
    from protocol.keys import load_client_keys
    from protocol.pairing import Backend, load_backend

    home = default_home()
    if options.backend is not None:
        return RemoteBackend(options.backend, load_backend(home.keys, options.backend))
    return RemoteBackend("here", Backend(_address_here(home), load_client_keys(home.keys)))


def _address_here(home: Home) -> str:
    """Where the backend that was started last on this machine listens. Raises ConnectionLost."""
    for path in sorted(home.run.glob("*.json"), key=_age):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            address, pid = str(said["address"]), int(said["pid"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # It ends at this moment, or the file is not a backend's.
        if not _may_run(pid):
            continue
        for everywhere in ("0.0.0.0", "*", "[::]"):
            address = address.replace(f"://{everywhere}:", "://127.0.0.1:")
        return address
    raise ConnectionLost(
        "No backend runs on this machine.",
        "Start one with 'sdedit serve', or name one elsewhere with --backend.",
    )


def _may_run(pid: int) -> bool:
    """False for one that was killed and could not withdraw its file."""
    if os.name != "posix":
        return True  # There is no harmless way to ask.
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0
