"""Remembering every exception that nobody caught, in place of Krita's modal error dialog."""

from __future__ import annotations

import sys
import threading
import traceback
from types import TracebackType

_unhandled: list[str] = []


def record_unhandled() -> None:
    """Take over the hooks for uncaught exceptions of slots and threads.

    Krita's own hook opens a modal dialog and the run hangs; a test wants the traceback instead.
    """
    sys.excepthook = _record
    threading.excepthook = lambda args: _record(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )


def take_unhandled() -> list[str]:
    """The tracebacks since the last call, oldest first."""
    taken = list(_unhandled)
    del _unhandled[: len(taken)]
    return taken


def _record(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    text = "".join(traceback.format_exception(kind, error, trace))
    _unhandled.append(text)
    print("unhandled exception in Krita:\n" + text, file=sys.stderr, flush=True)
