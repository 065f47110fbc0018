"""Edits that have ended two workers, so that the same one is not tried on two more."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from protocol.framing import encode
from protocol.messages import JobRequest

REMEMBERED = 16
QUARANTINE_S = 300.0
"""Long enough to stop a program that tries again and again; an artist who has freed memory, say,
may want the very same edit again some time."""


class Quarantine:
    """The last of those edits, known by recipe and pixels and not by id."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: deque[tuple[float, bytes, bytes]] = deque(maxlen=REMEMBERED)

    def add(self, request: JobRequest) -> None:
        self._known.append((self._clock(), *_fingerprint(request)))

    def holds(self, request: JobRequest) -> bool:
        """Whether this edit, under whatever id, has ended two workers a short time ago."""
        oldest = self._clock() - QUARANTINE_S
        while self._known and self._known[0][0] < oldest:
            self._known.popleft()
        header, *_ = _frames(request)
        # The pixels, of which there may be many, are looked at only where all the rest agrees.
        if not any(known == header for _, known, _ in self._known):
            return False
        return _fingerprint(request) in [(known, digest) for _, known, digest in self._known]


def _frames(request: JobRequest) -> list[bytes | bytearray | memoryview]:
    return encode(replace(request, job_id="any"))


def _fingerprint(request: JobRequest) -> tuple[bytes, bytes]:
    header, *pixels = _frames(request)
    digest = hashlib.blake2b()
    for frame in pixels:
        digest.update(frame)
    return bytes(header), digest.digest()
