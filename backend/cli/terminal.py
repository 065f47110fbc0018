"""What commands print, without what would steer the terminal: file names and titles of models may
come from anywhere."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any, TextIO, cast

from protocol.sentences import escaped

CLEAR = "\x1b[2J\x1b[H"
"""The terminal's own word for an empty screen."""
RETURN = "\r"
"""Back to the beginning of the line."""


@contextlib.contextmanager
def shown_safely() -> Iterator[None]:
    """While this lasts, stdout and stderr escape all that steers, in lines and what is in them.

    Only CLEAR and RETURN, each written by itself, reach the terminal as they are.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character of ours, or of a file's name, gets its code.
            stream.reconfigure(errors="backslashreplace")
    output, errors = (cast(TextIO, _Escaping(stream)) for stream in (sys.stdout, sys.stderr))
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        yield


class _Escaping:
    """A stream that escapes what is written to it; in all else it is the stream beneath."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if text not in (CLEAR, RETURN):
            text = "\n".join(map(escaped, text.split("\n")))
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
