"""A pulse of the UI thread: while it beats Krita can answer the artist, a gap is a freeze."""

from __future__ import annotations

import time
from typing import Any

from PyQt5.QtCore import QObject, Qt, QTimer

INTERVAL_MS = 5
# Gaps from here on are kept one by one: about the length of one frame.
NOTABLE_MS = 15.0


class Heartbeat(QObject):
    """A 5 ms timer that remembers how late its beats were.

    Each gap is kept with the processor time that the UI thread spent in it: much of it means that
    somebody worked, little that the thread waited, or that other programs had the processor.
    """

    def __init__(self) -> None:
        super().__init__()
        self.beats = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._gaps: list[dict[str, float]] = []
        self._longest = {"at_s": 0.0, "ms": 0.0, "cpu_ms": 0.0}
        self._began = self._last = self._last_cpu = 0.0

    def start(self) -> None:
        """Begin to beat."""
        self._began = self._last = time.perf_counter()
        self._last_cpu = time.thread_time()
        self._timer.start(INTERVAL_MS)

    def stop(self) -> dict[str, Any]:
        """Stop, and say how it was: ``at_s`` is since the start."""
        self._timer.stop()
        self._beat()
        return {
            "duration_s": self._last - self._began,
            "beats": self.beats,
            "longest": self._longest,
            "gaps": sorted(self._gaps, key=lambda gap: -gap["ms"]),
        }

    def _beat(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        gap = {
            "at_s": self._last - self._began,
            "ms": 1000 * (now - self._last),
            "cpu_ms": 1000 * (cpu - self._last_cpu),
        }
        if gap["ms"] > self._longest["ms"]:
            self._longest = gap
        if gap["ms"] > NOTABLE_MS:
            self._gaps.append(gap)
        self._last, self._last_cpu = now, cpu
        self.beats += 1
