"""The machine that figures were measured on, in words."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import torch

from backend.models.devices import device_in_words


def machine_in_words(device: torch.device) -> str:
    """What computed: "CUDA: NVIDIA …", or "CPU: AMD EPYC, 2 of 2 cores, 1 thread"."""
    if device.type != "cpu":
        return f"{device.type.upper()}: {device_in_words(str(device))}"
    threads = torch.get_num_threads()
    return (
        f"CPU: {processor()}, {_usable_cores()} of {os.cpu_count()} cores, "
        f"{threads} thread{'' if threads == 1 else 's'}"
    )


def software_in_words() -> str:
    return f"Python {platform.python_version()}, torch {torch.__version__}, {platform.system()}"


def processor() -> str:
    """The CPU's model, as the system names it."""
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        return said.stdout.strip() or platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _usable_cores() -> int:
    """Those this process may run on: fewer than there are, under taskset or in a container."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
