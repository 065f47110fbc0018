"""Finding the processes that belong to one Krita under test, by what /proc says of them."""

from __future__ import annotations

import dataclasses
import os
import signal
import time
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Process:
    """One running process: its id and its command line."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"{self.pid}: {self.command}"


def session_processes(home: Path, session_id: int) -> list[Process]:
    """Processes that have ``HOME=home`` in their environment, or Krita's session or group.

    The first rule finds a backend that made a session of its own, the second one that was given
    another HOME. Zombies do not count: they wait for their parent only.
    """
    home_entry = f"HOME={home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            # After the name in brackets: state, ppid, pgrp, session.
            state, _, group, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            environment = (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended while we looked, or it is not ours to see
        if state == "Z":
            continue
        if session_id in (int(group), int(session)) or home_entry in environment:
            found.append(Process(int(entry.name), command.strip()))
    return found


def wait_for_none(home: Path, session_id: int, timeout_s: float) -> list[Process]:
    """The processes still there when none is left or the time is over: ``[]`` is success."""
    deadline = time.monotonic() + timeout_s
    while True:
        left = session_processes(home, session_id)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def kill_all(home: Path, session_id: int) -> list[Process]:
    """End what is left of a session with SIGKILL and return what that was."""
    left = session_processes(home, session_id)
    for process in left:
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return left
