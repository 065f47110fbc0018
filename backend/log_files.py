"""Which file a process logs to: one of its own, since several backends may run at a time."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

KEPT = 8
"""Earlier files of one name that stay: those of the last few runs."""


def own_log(folder: Path, name: str) -> Path:
    """``folder``/``name``-PID.log; of older ones only the newest KEPT stay."""
    files = sorted(folder.glob(f"{name}-*.log*"), key=_age)
    for old in files[: max(0, len(files) - KEPT)]:
        with contextlib.suppress(OSError):
            old.unlink()
    return folder / f"{name}-{os.getpid()}.log"


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
