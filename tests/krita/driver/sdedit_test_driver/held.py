"""How long one plugin's Python held the UI thread, and how much of that was Krita's own calls."""

from __future__ import annotations

import sys
import time
from types import FrameType
from typing import Any

# The calls that move pixels; they cost what they cost, whoever makes them.
PIXEL_CALLS = frozenset(
    (
        "clone",
        "close",
        "pixelData",
        "projectionPixelData",
        "setPixelData",
        "addChildNode",
        "createNode",
        "refreshProjection",
        "resizeImage",
        "selection",
        "setSelection",
        "waitForDone",
    )
)
# Shorter stays are counted, not kept.
NOTABLE_MS = 1.0


class HeldTime:
    """Times every entry from Qt into the Python of one package, on the thread that starts it.

    It uses the interpreter's profiling hook, so pure Python runs slower while it watches: what it
    reports is an upper bound.
    """

    def __init__(self, package: str) -> None:
        self._marker = f"/pykrita/{package}/"
        self._depth = 0
        self._entered = self._entered_cpu = self._call_began = self._call_began_cpu = 0.0
        self._entry = ""
        self._calls: dict[str, float] = {}
        self._calls_cpu_ms = 0.0
        self.entries = 0
        self._stays: list[dict[str, Any]] = []

    def start(self) -> None:
        """Begin to watch this thread."""
        sys.setprofile(self._event)

    def stop(self) -> dict[str, Any]:
        """Stop, and say how often the package was entered and its longest stays, longest first."""
        sys.setprofile(None)
        return {"entries": self.entries, "stays": sorted(self._stays, key=lambda s: -s["ms"])}

    def _event(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            if self._depth:
                self._depth += 1
                if self._depth == 2 and "." not in self._entry:
                    # The first is often but a guard around the second.
                    self._entry += f".{frame.f_code.co_name}"
            elif self._marker in frame.f_code.co_filename:
                self._depth = 1
                self._calls, self._calls_cpu_ms = {}, 0.0
                self._entry = frame.f_code.co_name
                self._entered, self._entered_cpu = time.perf_counter(), time.thread_time()
        elif not self._depth:
            return
        elif event == "return":
            self._depth -= 1
            if not self._depth:
                self._leave()
        elif getattr(argument, "__name__", "") in PIXEL_CALLS:
            if event == "c_call":
                self._call_began, self._call_began_cpu = time.perf_counter(), time.thread_time()
            else:  # c_return, c_exception
                spent = 1000 * (time.perf_counter() - self._call_began)
                name = argument.__name__
                self._calls[name] = self._calls.get(name, 0.0) + spent
                self._calls_cpu_ms += 1000 * (time.thread_time() - self._call_began_cpu)

    def _leave(self) -> None:
        self.entries += 1
        held_ms = 1000 * (time.perf_counter() - self._entered)
        held_cpu_ms = 1000 * (time.thread_time() - self._entered_cpu)
        if held_ms >= NOTABLE_MS:
            krita_ms = sum(self._calls.values())
            self._stays.append(
                {
                    "entry": self._entry,
                    "ms": held_ms,
                    "own_ms": held_ms - krita_ms,
                    "own_cpu_ms": held_cpu_ms - self._calls_cpu_ms,
                    "krita_ms": krita_ms,
                    "calls": self._calls,
                }
            )
