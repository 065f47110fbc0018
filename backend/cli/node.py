"""`sdedit node`: make this machine a part of a studio's cluster."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from backend.cli.outcomes import OK

NAME = "node"
HELP = "Let this machine's GPUs work for a studio, as a part of a cluster, until interrupted."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--head", action="store_true", help="begin a cluster here")
    which.add_argument("--join", metavar="HOST:PORT", help="join the cluster with this head")
    parser.add_argument("--ip", help="the address by which the other machines reach this one")
    parser.add_argument("--port", type=int, default=6379, help="of the head (default: %(default)s)")
    parser.add_argument(
        "--first-port",
        type=int,
        default=6380,
        metavar="PORT",
        help="the first of some hundred that this node uses (default: %(default)s)",
    )
    parser.add_argument("--gpus", type=int, metavar="N", help="as many as Ray finds, by default")
    parser.add_argument(
        "--cpu-slots",
        type=int,
        default=0,
        metavar="N",
        help="also this many workers that compute on the processor (default: none)",
    )
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="instead of $SDEDIT_HOME")
    parser.add_argument(
        "--keys", type=Path, metavar="FOLDER", help="instead of the folder keys in the data folder"
    )


def run(options: argparse.Namespace) -> int:
    if options.data is not None:
        os.environ["SDEDIT_HOME"] = str(options.data.absolute())

    from backend.cluster.node import NodePlan, run_node
    from backend.log_files import own_log
    from backend.logs import set_up_logging
    from backend.paths import default_home

    home = default_home()
    set_up_logging(own_log(home.logs, "node"))
    run_node(
        NodePlan(
            keys=(options.keys or home.keys).absolute(),
            home=home.folder,
            join=options.join or "",
            ip=options.ip or "",
            port=options.port,
            first_port=options.first_port,
            gpus=options.gpus,
            cpu_slots=options.cpu_slots,
        )
    )
    return OK
