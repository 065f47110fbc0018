"""Which processes are whose, on Linux."""

from __future__ import annotations

from pathlib import Path

from tests.backend.front.running_front import is_alive


def children_of(pid: int) -> list[int]:
    return [found for found, stat in _stats() if int(stat[1]) == pid]


def in_session(session: int) -> list[int]:
    """All that live."""
    return [found for found, stat in _stats() if int(stat[3]) == session and is_alive(found)]


def _stats() -> list[tuple[int, list[str]]]:
    """Process ids, each with state, parent, group, session, … (proc(5))."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        found.append((int(path.parent.name), text.rsplit(")", 1)[1].split()))
    return found
