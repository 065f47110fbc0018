"""The real bridge, whose actors run `tests.backend.front.scripted_worker`'s jobs without torch."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from pathlib import Path

from backend.cluster import actor
from backend.cluster.__main__ import bridge
from backend.front.patience import PoolTimes
from backend.logs import set_up_logging
from backend.worker.channel import Channel
from protocol.messages import EditRequest, Failed, WorkerReady
from tests.backend.front.scripted_worker import answer, suffer


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--token", type=Path, required=True)
    parser.add_argument("--address", default="")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--step-s", type=float, default=0.01)
    parser.add_argument("--loading", choices=["works", "fails"], default="works")
    parser.add_argument(
        "--models", default="landscape", help="of the first actor to start, of the second, …: a b,c"
    )
    parser.add_argument("--version", help="of the SDEdit that the actors have")
    parser.add_argument("--times", default="{}")
    options = parser.parse_args()
    set_up_logging(options.folder / "bridge.log")
    (options.folder / f"bridge-{os.getpid()}").touch()
    times = PoolTimes(**json.loads(options.times))
    return bridge(options.address, options.token, Serving(options), times)


class Serving:
    """What an actor does; with a version, one of another SDEdit."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options

    def __call__(self, channel: Channel) -> None:
        serve(self.options, channel)

    def __setstate__(self, state: dict[str, argparse.Namespace]) -> None:
        """In the actor's process, before the actor is made."""
        self.__dict__.update(state)
        if self.options.version is not None:
            actor.VERSION = self.options.version  # type: ignore[attr-defined]


def serve(options: argparse.Namespace, channel: Channel) -> None:
    """The actor's side."""
    (options.folder / f"worker-{os.getpid()}").touch()
    if options.loading == "fails":
        channel.send(Failed("", "no-paint", "There is no paint.", "Buy some."))
        return
    models = tuple({"name": name, "sha256": name} for name in own_models(options).split(","))
    channel.send(WorkerReady("test device", models))
    nth = 0
    while True:
        message = channel.wait()
        if isinstance(message, EditRequest):
            nth += 1
            channel.send(answer(channel, message, options, nth))
            suffer(message.sampler, "sent", options.folder)


def own_models(options: argparse.Namespace) -> str:
    """Those of the first set that no other actor has taken; of the last, when all are taken."""
    *sets, last = options.models.split()
    for nth, models in enumerate(sets):
        with contextlib.suppress(FileExistsError):
            (options.folder / f"taken-{nth}").mkdir()
            return str(models)
    return str(last)


if __name__ == "__main__":
    sys.exit(main())
