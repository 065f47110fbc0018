"""Which programs that matter to an installation are running now."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .commands import ask
from .layout import Layout
from .machine import LINUX, WINDOWS, Machine


def running_kritas(machine: Machine, kritarc: Path) -> list[int]:
    """The ids of the running Kritas that use this kritarc, as far as that can be seen."""
    if machine.system == WINDOWS:
        answer = ask(["tasklist", "/FI", "IMAGENAME eq krita.exe", "/FO", "CSV", "/NH"]) or ""
        return [int(pid) for pid in re.findall(r'"krita\.exe","(\d+)"', answer, re.IGNORECASE)]
    if machine.system != LINUX:
        return [int(pid) for pid in (ask(["pgrep", "-x", "krita"]) or "").split()]
    return [
        pid
        for pid, arguments, env in _linux_processes()
        if Path(arguments[0]).name == "krita" and _kritarc_of(env) == kritarc
    ]


def running_backends(machine: Machine, layout: Layout) -> list[int]:
    """The ids of this installation's backends that run now (on Linux, where it can be seen)."""
    if machine.system != LINUX:
        return []
    python = str(layout.python)
    return [pid for pid, arguments, _ in _linux_processes() if arguments[0] == python]


def _kritarc_of(env: dict[str, str]) -> Path:
    if "FLATPAK_ID" in env or "XDG_CONFIG_HOME" in env:
        return Path(env.get("XDG_CONFIG_HOME", "")) / "kritarc"
    return Path(env.get("HOME", "")) / ".config" / "kritarc"


def _linux_processes() -> list[tuple[int, list[str], dict[str, str]]]:
    """Id, arguments and environment of every process that this user may look into."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            arguments = os.fsdecode((entry / "cmdline").read_bytes()).split("\0")
            pairs = os.fsdecode((entry / "environ").read_bytes()).split("\0")
        except OSError:
            continue  # it ended while we looked, or it is another user's
        env = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        found.append((int(entry.name), arguments, env))
    return found
