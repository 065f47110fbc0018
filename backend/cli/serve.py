"""`sdedit serve`: the backend that the Krita plugin, or several clients, connect to."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

NAME = "serve"
HELP = "Run the backend until it is interrupted."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--address",
        default="tcp://127.0.0.1:*",
        help="where to listen (default: %(default)s, a free port on this machine only)",
    )
    parser.add_argument(
        "--device",
        default="auto",
        help="auto, cpu, mps, cuda:0 or several as cuda:0,cuda:1 (default: %(default)s)",
    )
    parser.add_argument(
        "--ready-file",
        type=Path,
        metavar="PATH",
        help='once listening, write {"address": …, "pid": …} there',
    )
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="end, with all workers, when stdin closes",
    )
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="instead of $SDEDIT_HOME")
    parser.add_argument(
        "--keys", type=Path, metavar="FOLDER", help="instead of the folder keys in the data folder"
    )


def run(options: argparse.Namespace) -> int:
    if options.data is not None:
        # Workers and the catalogue of models find it there too.
        os.environ["SDEDIT_HOME"] = str(options.data.absolute())

    from backend.front.process import FrontOptions, run_front, worker_command
    from backend.logs import set_up_logging
    from backend.models.catalogue import list_models
    from backend.paths import default_home

    home = default_home()
    set_up_logging(home.logs / "front.log")
    run_front(
        FrontOptions(
            keys=(options.keys or home.keys).absolute(),
            make_command=worker_command(home.logs),
            address=options.address,
            devices=tuple(options.device.split(",")),
            ready_file=options.ready_file.absolute() if options.ready_file else None,
            until_stdin_closes=options.until_stdin_closes,
            models=tuple(model.record() for model in list_models()),
        )
    )
    return 0
