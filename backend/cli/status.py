"""`sdedit status`: what a backend is doing, its queue and its devices."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from backend.cli.outcomes import OK
from backend.cli.terminal import CLEAR
from protocol.errors import ConnectionLost

if TYPE_CHECKING:
    from backend.paths import Home
    from backend.remote import RemoteBackend

NAME = "status"
HELP = "Show what a backend does: its queue, devices, models and pace."
EVERY_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--backend",
        metavar="NAME",
        help="one on another machine, that 'sdedit keys' has paired with this one; else all that "
        "run here",
    )
    parser.add_argument(
        "--watch", action="store_true", help="show it anew each second until interrupted"
    )
    parser.add_argument("--json", action="store_true", help="for programs, as one line of JSON")


def run(options: argparse.Namespace) -> int:
    with contextlib.ExitStack() as sessions:
        backends = _open(_backends(options), sessions)
        while True:
            texts = [_text(backend, options.json, len(backends) > 1) for backend in backends]
            text = ("\n" if options.json else "\n\n\n").join(texts)
            if options.watch and not options.json:
                print(CLEAR, end="")
            print(text, flush=True)
            if not options.watch:
                return OK
            time.sleep(EVERY_S)


def _open(backends: list[RemoteBackend], sessions: contextlib.ExitStack) -> list[RemoteBackend]:
    """Those that answer; of the others it is said. Raises ConnectionLost if none does."""
    opened: list[RemoteBackend] = []
    problems: list[ConnectionLost] = []
    for backend in backends:
        try:
            opened.append(sessions.enter_context(backend))
        except ConnectionLost as error:
            problems.append(error)
    if not opened:
        raise problems[0]
    for problem in problems:
        print(problem, file=sys.stderr)
    return opened


def _text(backend: RemoteBackend, is_json: bool, is_one_of_many: bool) -> str:
    from backend.cli.status_text import as_json, as_text

    report = backend.report()
    if is_json:
        return as_json(report, backend.address)
    text = as_text(report)
    return f"{backend.address}\n{text}" if is_one_of_many else text


def _backends(options: argparse.Namespace) -> list[RemoteBackend]:
    """The one that is named, or all that run here."""
    from backend.paths import default_home
    from backend.remote import RemoteBackend
    from protocol.keys import load_client_keys
    from protocol.pairing import Backend, load_backend

    home = default_home()
    if options.backend is not None:
        return [RemoteBackend(options.backend, load_backend(home.keys, options.backend))]
    addresses = _addresses_here(home)
    keys = load_client_keys(home.keys)
    return [RemoteBackend("here", Backend(address, keys)) for address in addresses]


def _addresses_here(home: Home) -> list[str]:
    """Where backends listen on this machine, the last started first: one for each
    'sdedit serve', and one for each Krita that started its own.

    Raises ConnectionLost when there is none.
    """
    addresses = []
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
        addresses.append(address)
    if not addresses:
        raise ConnectionLost(
            "No backend runs on this machine.",
            "Start one with 'sdedit serve', or name one elsewhere with --backend.",
        )
    return addresses


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
