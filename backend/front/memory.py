"""How much memory the front may take: a part of what this machine has.

Only Linux obeys. macOS takes no such bound, Windows would need another means; there the limits on
messages are all there is.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace

from protocol.limits import Limits

if sys.platform == "linux":
    import resource


def fitted(limits: Limits) -> Limits:
    """The limits, with no more bytes of edits and answers than suit this machine's memory.

    Beside these there are edits that run, and all other programs. Of messages that arrive, each
    byte may take three or four of memory, when they come in very small frames.
    """
    if sys.platform == "win32":
        return limits
    memory = _machine_bytes()
    return replace(
        limits,
        waiting_bytes=min(limits.waiting_bytes, memory // 8),
        unfinished_bytes=min(limits.unfinished_bytes, memory // 8),
        kept_bytes=min(limits.kept_bytes, memory // 16),
        unwritten_bytes=min(limits.unwritten_bytes, memory // 16),
    )


def bound_memory() -> None:
    """Never take more than three quarters of this machine's memory: the last line of defence.

    When ZeroMQ gets no memory for a frame it closes that connection; for smaller things it ends
    the process. Either is better than a machine that swaps until nobody can do anything.
    """
    if sys.platform == "linux":
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        bound = _machine_bytes() * 3 // 4
        if most == resource.RLIM_INFINITY or bound < most:
            resource.setrlimit(resource.RLIMIT_AS, (bound, most))


def lift_bound(pid: int) -> None:
    """Let a child take what it needs: CUDA reserves more addresses than there is memory."""
    if sys.platform == "linux":
        _, most = resource.prlimit(pid, resource.RLIMIT_AS)
        resource.prlimit(pid, resource.RLIMIT_AS, (most, most))


def _machine_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
