"""The devices torch can compute on here, and their names in words."""

from __future__ import annotations

import torch

from protocol.errors import SDEditError


class DeviceMissing(SDEditError):
    """The device asked for is not on this machine."""

    code = "device"


SAID_OF_A_LOST_DEVICE = ("cuda error", "cudnn error", "cublas error", "device-side assert")
"""In RuntimeErrors after which nothing on that GPU works any more in this process: it has fallen
off the bus, was reset, or its context is damaged."""


def is_device_lost(error: BaseException) -> bool:
    """Whether this error means that the process can no longer compute on its device."""
    said = str(error).lower()
    is_memory = "out of memory" in said  # which passes
    return (
        isinstance(error, RuntimeError)
        and not is_memory
        and any(words in said for words in SAID_OF_A_LOST_DEVICE)
    )


def available_devices() -> list[str]:
    """torch's names of all devices, best first; "cpu" is always there and comes last."""
    found = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def choose_device(wanted: str) -> tuple[str, list[str]]:
    """The device for ``wanted`` ("auto", or a torch name), and further GPUs beside it.

    Raises DeviceMissing when it is not there.
    """
    found = available_devices()
    if wanted == "auto":
        return found[0], [name for name in found[1:] if name.startswith("cuda")]
    name = "cuda:0" if wanted == "cuda" else wanted
    if name not in found:
        raise DeviceMissing(
            f"This machine has no device {wanted!r}.", f"Choose one of: {', '.join(found)}, auto."
        )
    return name, []


def device_in_words(name: str) -> str:
    """What to call a device before the artist: "CPU, 2 threads" or the GPU's own name."""
    if name.startswith("cuda"):
        return str(torch.cuda.get_device_name(name))
    if name == "mps":
        return "Apple GPU"
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}"


def processor_in_words() -> str:
    """What of the processor the last bits of a result depend on: "AVX512"."""
    return str(torch.backends.cpu.get_cpu_capability())
