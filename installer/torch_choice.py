"""Chooses the PyTorch build for a machine.

A plain ``pip install torch`` brings gigabytes of CUDA to every Linux machine, with or without an
NVIDIA card, and no CUDA to any Windows machine. So the build is looked for where it can be:

    wanted   system           places, in this order
    cpu      Linux            a wheel that pip's own configuration has on disk, PyTorch's CPU index,
                              pip's configured index
    cpu      Windows, macOS   pip's configured index (on a Mac that build also drives Apple's GPU)
    cuda     Linux            for CUDA 13 drivers pip's configured index, for older ones PyTorch's
    cuda     Windows          PyTorch's index for the driver's CUDA

and what is found is looked at before it is taken: a CPU build asks for no NVIDIA package.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import Any

from .commands import ask
from .errors import InstallError
from .machine import LINUX, WINDOWS, Machine
from .pip import NothingFound, Pip

# The release that this version of SDEdit is tested with; pyproject.toml says what else may do.
TESTED_TORCH = "torch==2.13.0"
TORCH_INDEX = "https://download.pytorch.org/whl/"
CPU, CUDA = "cpu", "cuda"
# Room for the environment and what is downloaded for it, rounded up: on Linux the CPU build takes
# 0.85 GB and 0.2 GB, the CUDA build 5.6 GB and 3 GB.
NEEDED_BYTES = {CPU: 1_500_000_000, CUDA: 9_000_000_000}


@dataclass(frozen=True)
class Place:
    """Where pip is to look: the options that make it look there, and the place's name."""

    options: tuple[str, ...]
    name: str


ON_DISK = Place(("--no-index",), "the wheels on this disk")
CONFIGURED = Place((), "pip's own index")


def index(build: str) -> Place:
    """One of PyTorch's own indexes: "cpu", "cu126", "cu130"."""
    return Place(("--index-url", TORCH_INDEX + build), f"{TORCH_INDEX}{build}")


def wanted_accelerator(machine: Machine, device: str) -> str:
    """ "cuda" where the user or a working NVIDIA driver says so, else "cpu"."""
    if device == "auto":
        return CUDA if driver_cuda(machine) else CPU
    if device == CUDA and not driver_cuda(machine):
        raise InstallError(
            "There is no working NVIDIA driver here: nvidia-smi does not answer.",
            "Install NVIDIA's driver, or run this again without --device cuda.",
        )
    return device


def driver_cuda(machine: Machine) -> tuple[int, int] | None:
    """The CUDA version that the NVIDIA driver can run, or None without a driver or a card."""
    program = shutil.which("nvidia-smi", path=machine.search_path)
    if program is None or not (ask([program, "-L"]) or "").startswith("GPU "):
        return None
    version = re.search(r"CUDA Version: *(\d+)\.(\d+)", ask([program]) or "")
    # A driver that names no CUDA version is new enough to have left that line out.
    return (int(version.group(1)), int(version.group(2))) if version else (13, 0)


def places(machine: Machine, accelerator: str) -> list[Place]:
    """Where to look for the build, best first."""
    if accelerator == CUDA:
        driver = driver_cuda(machine) or (13, 0)
        cuda_13 = driver >= (13, 0)
        if machine.system == WINDOWS:
            return [index("cu130" if cuda_13 else "cu126")]
        return [CONFIGURED, index("cu130")] if cuda_13 else [index("cu126")]
    if machine.system == LINUX:
        return [ON_DISK, index("cpu"), CONFIGURED]
    return [CONFIGURED]


def is_cpu_build(report: dict[str, Any]) -> bool:
    """Whether the wheel of this pip report runs on CPUs only: it needs nothing of NVIDIA's."""
    version: str = report["metadata"]["version"]
    if "+" in version:
        return version.endswith("+cpu")
    needs = report["metadata"].get("requires_dist", [])
    always_needed = [need for need in needs if "extra ==" not in need]
    return not any(re.match(r"nvidia-|cuda-|triton", need) for need in always_needed)


def install_torch(pip: Pip, machine: Machine, accelerator: str, requirement: str) -> str:
    """Install the right build of PyTorch, without its dependencies; returns its version.

    ``requirement`` is the range that the project allows, for machines on which the tested release
    is not to be had. Raises InstallError when no place has a right build.
    """
    failures: dict[Place, InstallError] = {}
    for wanted in (TESTED_TORCH, requirement):
        for place in places(machine, accelerator):
            if not isinstance(failures.get(place), (NothingFound, type(None))):
                continue  # a place that could not be reached or has the wrong build: once will do
            try:
                report = pip.would_install(
                    wanted, *place.options, doing=f"looking for {wanted} in {place.name}"
                )
            except InstallError as error:
                failures[place] = error
                continue
            if machine.system == LINUX and (accelerator == CPU) != is_cpu_build(report):
                failures[place] = _wrong_build(place, accelerator)
                continue
            version: str = report["metadata"]["version"]
            pip.install(
                "--no-deps",
                *place.options,
                f"torch=={version}",
                doing=f"installing torch {version}",
            )
            return version
    # What the last place said that said more than "not here".
    said = [error for error in failures.values() if not isinstance(error, NothingFound)]
    raise said[-1] if said else list(failures.values())[-1]


def _wrong_build(place: Place, accelerator: str) -> InstallError:
    if accelerator == CPU:
        return InstallError(
            f"Only PyTorch's CUDA build (gigabytes, for NVIDIA cards) was found, in {place.name};"
            f" its CPU build at {TORCH_INDEX}cpu could not be fetched.",
            "Check that this address can be reached, then run this again.",
        )
    return InstallError(
        f"Only a build of PyTorch without CUDA was found, in {place.name}.",
        "Check that download.pytorch.org can be reached, or run this again with --device cpu.",
    )
