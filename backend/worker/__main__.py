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
from protocol.bounds import Bounds
from protocol.errors import SDEditError
from protocol.images import Image, PixelFormat
from protocol.messages import EditRequest, Failed, WorkerReady

log = logging.getLogger("backend.worker")

WARM_UP_PX = 64
NICENESS = 5
"""On the CPU the worker gives way to the program that the artist paints in."""


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
    link = Link(way)
    try:
        work(link, options.device)
    except SDEditError as error:
        log.error("Cannot work: %s", error)
        link.send(Failed.from_error("", error))
    except ImportError as error:
        log.exception("Cannot work.")
        link.send(
            Failed(
                "",
                "not-installed",
                f"The Python package {error.name or 'torch'} is missing or damaged.",
                "Run install.py again, then 'sdedit doctor'.",
            )
        )
    except Exception:
        log.exception("The worker ends.")
        logging.shutdown()
        os._exit(1)  # At once: what torch does at its end may wait for a device that is lost.
    # The front has been told; it closes stdin when it has read that.
    threading.Event().wait()
    return 1


def work(link: Link, wanted_device: str) -> None:
    """Load, tell the front, and run jobs for ever.

    Raises SDEditError or ImportError when something needed is not there.
    """
    import torch

    # Before any parallel work: denormals make the CPU's convolutions several times slower.
    torch.set_flush_denormal(True)

    from backend.models.catalogue import ModelError, list_models
    from backend.worker.devices import choose_device, device_in_words
    from backend.worker.edits import Edits

    device, others = choose_device(wanted_device)
    if device.startswith("cuda"):
        torch.cuda.set_device(device)  # else a part of GPU 0 would be taken as well
    if device == "cpu" and hasattr(os, "nice"):
        os.nice(NICENESS)
    models = list_models()
    if not models:
        raise ModelError(
            "There is no model here.", "Run install.py again to put the shipped model back."
        )
    edits = Edits(link, device)
    edits.warm_up(_small_request(_default_model([model.name for model in models])))
    link.send(
        WorkerReady(
            device_in_words(device), tuple(model.record() for model in models), " ".join(others)
        )
    )
    edits.serve()


def _default_model(names: list[str]) -> str:
    """The model a request names when it names none, if it is here."""
    default = str(EditRequest.__dataclass_fields__["model"].default)
    return default if default in names else names[0]


def _small_request(model: str) -> EditRequest:
    bounds = Bounds(0, 0, WARM_UP_PX, WARM_UP_PX)
    guide = Image(bounds, PixelFormat(), b"\x80\x80\x80\xff" * (WARM_UP_PX * WARM_UP_PX))
    return EditRequest("warm-up", guide, WARM_UP_PX, WARM_UP_PX, model=model, steps=2)


if __name__ == "__main__":
    sys.exit(main())
