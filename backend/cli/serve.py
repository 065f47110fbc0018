"""`sdedit serve`: the backend that the Krita plugin, or several clients, connect to."""

from __future__ import annotations

import argparse
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from backend.cli.outcomes import WrongInput

if TYPE_CHECKING:
    from backend.front.ray_engine import MakeBridge
    from backend.paths import Home

NAME = "serve"
HELP = "Run the backend until it is interrupted."
PORT = 5570
"""What is proposed to listen at for other machines."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--address",
        default="tcp://127.0.0.1:*",
        help="where to listen for this machine's own programs (default: %(default)s, a free port)",
    )
    where.add_argument(
        "--listen",
        metavar="ADDRESS",
        help="where to listen for other machines, too, once 'sdedit keys' lets one in: for "
        f"instance tcp://*:{PORT}",
    )
    parser.add_argument(
        "--device",
        default="auto",
        help="auto, cpu, mps, cuda:0 or several as cuda:0,cuda:1 (default: %(default)s)",
    )
    parser.add_argument(
        "--engine",
        choices=["local", "ray"],
        default="local",
        help="local: workers on this machine; ray: on a cluster that 'sdedit node' makes "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--cluster",
        default="",
        metavar="HOST:PORT",
        help="with --engine ray, the cluster's head, if it is not the one on this machine",
    )
    parser.add_argument(
        "--ready-file",
        type=Path,
        metavar="PATH",
        help='once listening, write {"address": …, "pid": …} there, and not into the folder run',
    )
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="end, with all workers, when stdin closes",
    )
    parser.add_argument(
        "--remove-at-end",
        type=Path,
        metavar="FOLDER",
        help="remove this folder, for instance one of keys made for this run, at the end",
    )
    parser.add_argument(
        "--history-budget",
        type=_bytes,
        default="2G",
        metavar="SIZE",
        help="what the history may take on the disk, as 500M (default: %(default)s); the oldest "
        "edits make room for new ones; with 0 none are kept",
    )
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="instead of $SDEDIT_HOME")
    parser.add_argument(
        "--keys", type=Path, metavar="FOLDER", help="instead of the folder keys in the data folder"
    )


def _bytes(text: str) -> int:
    """The bytes in a size as people write it."""
    size = re.fullmatch(r"([0-9]{1,12})([KMGT]?)", text.strip().upper())
    if size is None:
        raise argparse.ArgumentTypeError(f"a size is a number and K, M, G or T, not {text!r}")
    return int(size[1]) << 10 * " KMGT".index(size[2] or " ")


def _ready_file(home: Home) -> Path:
    """Where `sdedit status` looks for it."""
    return home.run / f"serve-{os.getpid()}.json"


def _bridge(options: argparse.Namespace, home: Home) -> MakeBridge:
    """Raises SDEditError when the extra or the token is missing."""
    from backend.cluster.connection import check_ray
    from backend.cluster.token import check_token
    from backend.front.process import bridge_command

    check_ray()
    token = check_token((options.keys or home.keys).absolute())
    return bridge_command(home.logs, token, options.cluster, options.device)


def run(options: argparse.Namespace) -> int:
    if options.data is not None:
        # Workers and the catalogue of models find it there too.
        os.environ["SDEDIT_HOME"] = str(options.data.absolute())

    if options.cluster and options.engine != "ray":
        raise WrongInput("--cluster needs --engine ray.", "Add it, or leave --cluster out.")

    from backend.front.known_models import KnownModels
    from backend.front.memory import fitted
    from backend.front.process import FrontOptions, run_front, worker_command
    from backend.history.store import HistoryStore
    from backend.log_files import own_log
    from backend.logs import set_up_logging
    from backend.models.catalogue import list_models
    from backend.paths import default_home
    from protocol.limits import LIMITS

    home, budget = default_home(), options.history_budget
    set_up_logging(own_log(home.logs, "front"))
    try:
        run_front(
            FrontOptions(
                keys=(options.keys or home.keys).absolute(),
                make_command=worker_command(home.logs),
                address=options.listen or options.address,
                is_open=options.listen is not None,
                devices=tuple(options.device.split(",")),
                make_bridge=_bridge(options, home) if options.engine == "ray" else None,
                ready_file=(options.ready_file or _ready_file(home)).absolute(),
                until_stdin_closes=options.until_stdin_closes,
                list_models=KnownModels(
                    home.models, lambda: tuple(model.record() for model in list_models())
                ),
                limits=fitted(LIMITS),
                history=HistoryStore(home.history, budget) if budget else None,
            )
        )
    finally:
        if options.remove_at_end is not None:
            shutil.rmtree(options.remove_at_end, ignore_errors=True)
    return 0
