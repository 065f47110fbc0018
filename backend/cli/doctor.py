"""`sdedit doctor`: what is right and what is wrong with the backend, in plain words."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.cli.bug_report import make_report
from backend.file_access import check_writable
from backend.paths import default_home, nearest_existing
from backend.writing import write_whole
from protocol.errors import SDEditError

NAME = "doctor"
HELP = "Say what is right and what is wrong with this installation."

OLDEST_PYTHON = (3, 10)
PACKAGES = {
    "zmq": "pyzmq",
    "msgpack": "msgpack",
    "numpy": "numpy",
    "PIL": "pillow",
    "imagecodecs": "imagecodecs",
    "zstandard": "zstandard",
    "safetensors": "safetensors",
    "torch": "torch",
}
"""Modules the backend imports, and the packages that bring them."""
EDIT_PX, EDIT_STEPS = 128, 4


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    is_right: bool
    sentence: str
    remedy: str = ""

    def __str__(self) -> str:
        if self.is_right:
            return f"ok     {self.sentence}"
        return f"WRONG  {self.sentence}\n       {self.remedy}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", default="auto", help="the device to try (default: %(default)s)")
    parser.add_argument(
        "--report",
        nargs="?",
        type=Path,
        const=Path("sdedit-report.txt"),
        metavar="FILE",
        help="also write all of it, with the ends of the logs, to a file to attach to a bug; names "
        "and keys are taken out (default: %(const)s)",
    )


def run(options: argparse.Namespace) -> int:
    file: Path | None = options.report
    if file is not None:
        check_writable(file)
    findings = []
    for finding in examine(options.device):
        findings.append(finding)
        print(finding, flush=True)
    wrong = sum(not finding.is_right for finding in findings)
    if file is not None:
        report = make_report(map(str, findings), default_home().folder)
        write_whole(file, report.encode("utf-8", "backslashreplace"))
        print(f"The report is in {file}. Read it before you send it: it is plain text.")
    if wrong:
        print(f"{wrong} thing{' is' if wrong == 1 else 's are'} wrong.")
        return 1
    print("Everything is right.")
    return 0


def examine(device: str) -> Iterator[Finding]:
    """Look at one thing after the other, the later ones only where they can be looked at."""
    yield _python()
    packages = list(_packages())
    yield from packages
    yield _data_folder()
    if not all(finding.is_right for finding in packages):
        return
    yield _devices()
    models = list(_models())
    yield from models
    yield from _keys()
    if all(finding.is_right for finding in models):
        yield from _real_edit(device)


def _python() -> Finding:
    return Finding(
        sys.version_info >= OLDEST_PYTHON,
        f"Python {platform.python_version()} at {sys.executable}.",
        f"Install Python {'.'.join(map(str, OLDEST_PYTHON))} or later, then run install.py again.",
    )


def _packages() -> Iterator[Finding]:
    remedy = "Run install.py again: it makes the environment anew."
    for module, package in PACKAGES.items():
        try:
            version = getattr(importlib.import_module(module), "__version__", "")
        except (ImportError, OSError) as error:  # OSError: a shared library that is missing
            yield Finding(False, f"{package} cannot be imported ({error}).", remedy)
        else:
            yield Finding(True, f"{package} {version}".rstrip() + ".")


def _data_folder() -> Finding:
    folder = default_home().folder
    there = nearest_existing(folder)
    return Finding(
        os.access(there, os.W_OK),
        f"The data folder is {folder}" + (" (not made yet)." if there != folder else "."),
        "Nothing can be written there: make it writable, or set SDEDIT_HOME to another folder.",
    )


def _devices() -> Finding:
    from backend.models.devices import available_devices, device_in_words

    named = [f"{name} ({device_in_words(name)})" for name in available_devices()]
    return Finding(True, f"Devices, best first: {', '.join(named)}.")


def _models() -> Iterator[Finding]:
    from backend.models.catalogue import (
        ModelError,
        list_models,
        model_folders,
        read_model_info,
        weights_problem,
    )

    remedy = "Run install.py again to put the shipped models back."
    for folder in model_folders():
        for description in sorted(folder.glob("*/model.json")):
            try:
                read_model_info(description.parent)
            except ModelError as error:
                yield Finding(False, error.sentence, error.hint)
    models = list_models()
    if not models:
        yield Finding(False, "There is no model.", remedy)
    for model in models:
        problem = weights_problem(model)
        right = f"The model {model.name!r} is whole: its SHA-256 is right."
        yield Finding(not problem, problem or right, remedy)


def _keys() -> Iterator[Finding]:
    from protocol.errors import KeyFileError
    from protocol.keys import load_client_keys, load_server_keys

    folder = default_home().keys
    try:
        server, client = load_server_keys(folder), load_client_keys(folder)
    except KeyFileError as error:
        yield Finding(False, error.sentence, error.hint)
        return
    remedy = f"Delete the folder {folder}, then run install.py again: it makes new keys."
    if client.server_public != server.public:
        yield Finding(False, "The client's keys belong to another backend.", remedy)
    elif client.public not in server.authorised.values():
        yield Finding(False, "This machine's own client is not authorised.", remedy)
    else:
        yield Finding(True, f"The keys in {folder} match and only you can read them.")


def _real_edit(device: str) -> Iterator[Finding]:
    """Start the real backend and make one small edit with it."""
    from backend.local import LocalBackend
    from protocol.bounds import Bounds
    from protocol.images import Image, PixelFormat
    from protocol.messages import EditRequest

    bounds = Bounds(0, 0, EDIT_PX, EDIT_PX)
    grey = Image(bounds, PixelFormat(), b"\x80\x80\x80\xff" * (EDIT_PX * EDIT_PX))
    request = EditRequest("doctor", grey, EDIT_PX, EDIT_PX, steps=EDIT_STEPS, previews=False)
    try:
        began = time.monotonic()
        with LocalBackend(device) as backend:
            started_s = time.monotonic() - began
            status = backend.wait_until_ready()
            ready_s = time.monotonic() - began
            yield Finding(
                True,
                f"The backend answered after {started_s:.1f} s and was ready after "
                f"{ready_s:.1f} s on {status.device}.",
            )
            began = time.monotonic()
            backend.edit(request)
            edit_s = time.monotonic() - began
    except SDEditError as error:
        yield Finding(False, f"A small edit failed: {error.sentence}", error.hint)
    else:
        yield Finding(
            True,
            f"An edit of {EDIT_PX}×{EDIT_PX} pixels in {EDIT_STEPS} steps took {edit_s:.1f} s.",
        )
