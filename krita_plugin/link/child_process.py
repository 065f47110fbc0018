"""SDEdit's own Python as a child process of Krita."""

from __future__ import annotations

import os
import subprocess
from typing import BinaryIO

from ..installation import Installation

# Krita's own (an AppImage sets most of these); they would break another Python.
NOT_PASSED_ON = ("PYTHONHOME", "PYTHONPATH", "PYTHONEXECUTABLE", "LD_LIBRARY_PATH", "LD_PRELOAD")
NOT_PASSED_ON_PREFIX = "QT_"
NO_CONSOLE_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)


def start_backend(
    installation: Installation, *arguments: str, stdin: int, log: BinaryIO
) -> subprocess.Popen[bytes]:
    """Start the command `sdedit`, which writes to ``log`` all that it says. Raises OSError."""
    return subprocess.Popen(
        [str(installation.python), "-m", "backend", *arguments],
        stdin=stdin,
        stdout=log,
        stderr=log,
        cwd=str(installation.home),
        env=_environment(installation),
        creationflags=NO_CONSOLE_WINDOW,
    )


def _environment(installation: Installation) -> dict[str, str]:
    """Krita's, without what would break another Python, and with the backend's home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in NOT_PASSED_ON and not name.startswith(NOT_PASSED_ON_PREFIX)
    }
    kept["SDEDIT_HOME"] = str(installation.home)
    return kept
