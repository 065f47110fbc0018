"""A worker's whole life on its device: load, say so, run jobs."""

from __future__ import annotations

import logging
import os

from backend.worker.channel import Channel
from protocol.bounds import Bounds
from protocol.errors import SDEditError
from protocol.images import Image, PixelFormat
from protocol.messages import EditRequest, Failed, WorkerReady

log = logging.getLogger(__name__)

WARM_UP_PX = 64
NICENESS = 5
"""On the CPU the worker gives way to the program that the artist paints in."""


def work(channel: Channel, wanted_device: str) -> None:
    """Run jobs for ever; it returns only when it cannot work, and has told the other side why.

    What else is raised, as when a device is lost, means that the process is of no more use.
    """
    try:
        _load_and_serve(channel, wanted_device)
    except SDEditError as error:
        log.error("Cannot work: %s", error)
        channel.send(Failed.from_error("", error))
    except ImportError as error:
        log.exception("Cannot work.")
        channel.send(
            Failed(
                "",
                "not-installed",
                f"The Python package {error.name or 'torch'} is missing or damaged.",
                "Run install.py again, then 'sdedit doctor'.",
            )
        )


def _load_and_serve(channel: Channel, wanted_device: str) -> None:
    """Raises SDEditError or ImportError when something needed is not there."""
    import torch

    # Before any parallel work: denormals make the CPU's convolutions several times slower.
    torch.set_flush_denormal(True)

    from backend.models.catalogue import ModelError, list_models
    from backend.models.devices import choose_device, device_in_words
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
    edits = Edits(channel, device)
    edits.warm_up(_small_request(_default_model([model.name for model in models])))
    channel.send(
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
