"""How this program starts itself again, as another process."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any, Union

from backend.paths import ROOT

NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
OWN_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""Windows' flags; 0 elsewhere."""

Stream = Union[int, IO[Any], None]


def module_command(module: str) -> tuple[str, ...]:
    """The command line that runs one of our modules in this Python."""
    isolated = ("-I",) if sys.flags.isolated else ()
    return (sys.executable, *isolated, "-m", module)


def start_child(
    command: Sequence[str],
    stdout: Stream = None,
    stderr: Stream = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process that holds a pipe from us as its stdin: when we die, it reads EOF.

    It runs in ROOT, because ``-m`` looks for modules in the current folder first: neither another
    ``backend`` in the artist's folder nor a stray ``torch.py`` may take ours' place. Hence paths
    in ``command`` must be absolute. It is kept out of the terminal's process group, so that
    Ctrl-C reaches only the process that the person started, which then decides.
    """
    return subprocess.Popen(
        list(command),
        cwd=ROOT,
        env=env,
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        start_new_session=os.name == "posix",
        creationflags=NO_WINDOW | OWN_GROUP,
    )


def close_lifeline(process: subprocess.Popen[bytes]) -> None:
    """Ask a child to end: it does when its stdin reaches EOF."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # when it has died before it read all
            process.stdin.close()


def end_child(process: subprocess.Popen[bytes], patience_s: float) -> int:
    """Close the child's stdin, wait for it to end, kill it if it does not; its exit code."""
    close_lifeline(process)
    try:
        return process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
