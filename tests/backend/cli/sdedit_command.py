"""The command `sdedit` as a process, in a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from backend.paths import ROOT


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "SDEDIT_HOME": str(home), "PYTHONPATH": str(ROOT)}


def start_sdedit(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start it in ``folder``, with folder/home as its data folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "backend", *arguments],
        cwd=folder,
        env=environment(folder / "home"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def sdedit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    with start_sdedit(folder, *arguments) as process:
        try:
            output, errors = process.communicate(timeout=100)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(arguments, process.returncode, output, errors)
