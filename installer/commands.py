"""Running another program: its output goes to a log, its last line to the progress display."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Mapping, Sequence

from .progress import Progress

ENDING_S = 5.0
"""For a program to end when it is asked to, before it is killed."""


class CommandError(Exception):
    """A program ended with a status other than 0; ``output`` is all that it printed."""

    def __init__(self, arguments: Sequence[str], status: int, output: str) -> None:
        super().__init__(f"{arguments[0]} ended with status {status}")
        self.status = status
        self.output = output


def run_aloud(
    arguments: Sequence[str],
    progress: Progress,
    doing: str,
    log: Path,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a program to its end while showing signs of life, and return what it printed.

    Raises CommandError when it fails. The program is ended when this one is interrupted, with all
    that it has started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    output = []
    with log.open("a", encoding="utf-8") as log_file, progress.alive(doing):
        log_file.write(f"$ {' '.join(arguments)}\n")
        process = subprocess.Popen(
            list(arguments),
            env=dict(os.environ if env is None else env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # It takes part in the lock of `alone`: pip goes on when this program is killed.
            close_fds=os.name != "posix",
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                output.append(line)
                log_file.write(line)
                if not line.startswith("WARNING"):
                    progress.hear(line.strip())
            status = process.wait()
        finally:
            if process.poll() is None:
                _end(process)
            if process.stdout is not None:
                process.stdout.close()
    if status != 0:
        raise CommandError(arguments, status, "".join(output))
    return "".join(output)


def _end(process: subprocess.Popen[str]) -> None:
    """Also what it has started: venv's pip would go on writing into a folder that is deleted."""
    if sys.platform == "win32":
        process.terminate()
        process.wait()
        return
    until = time.monotonic() + ENDING_S
    with contextlib.suppress(ProcessLookupError):  # none of them is left
        os.killpg(process.pid, signal.SIGTERM)
        while time.monotonic() < until:
            process.poll()
            os.killpg(process.pid, 0)
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ask(arguments: Sequence[str], timeout_s: float = 30.0) -> str | None:
    """What a program prints, or None when it is missing, fails, or takes too long."""
    try:
        done = subprocess.run(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
