"""The real edit that ends an installation: real server, client, sampler and model."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .errors import InstallError
from .layout import Layout

SAMPLE = Path("backend", "samples", "painting.png")
LIMIT_S = 900.0


def make_first_edit(launcher: Path, layout: Layout) -> Path:
    """Turn the sample painting into a picture; returns the file with before and after."""
    layout.first_edit.mkdir(exist_ok=True)
    comparison = layout.first_edit / "before-after.png"
    arguments = [os.fspath(launcher), "edit", os.fspath(layout.app / SAMPLE)]
    arguments += ["--out", os.fspath(layout.first_edit / "after.png")]
    arguments += ["--compare", os.fspath(comparison)]
    try:
        # It shows its own progress, in the same terminal.
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise InstallError(
            f"The first edit was not done after {LIMIT_S / 60:.0f} minutes.",
            "Run install.py --doctor: it says what is wrong.",
        ) from error
    if done.returncode != 0 or not comparison.is_file():
        raise InstallError(
            "All is installed, but the first edit failed; what it said stands above.",
            "Run this again: it repeats the edit. If that does not help, install.py --doctor"
            " says what is wrong.",
        )
    return comparison
