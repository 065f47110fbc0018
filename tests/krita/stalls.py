"""How long the user interface stood still, and how long Krita's own pixel calls make it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.krita.link import KritaError

if TYPE_CHECKING:
    from tests.krita.session import KritaSession

PLUGIN_PACKAGE = "sdedit"
BASELINE_TIMEOUT_S = 60.0


@dataclasses.dataclass(frozen=True)
class Gap:
    """A time without a beat of the UI thread; ``cpu_ms`` of it the thread worked."""

    at_s: float
    ms: float
    cpu_ms: float


@dataclasses.dataclass(frozen=True)
class Stay:
    """One entry from Qt into the plugin's Python: ``ms`` in all, ``own_ms`` without the pixel
    calls into Krita that ``calls`` names, ``own_cpu_ms`` of which the thread had the processor."""

    entry: str
    ms: float
    own_ms: float
    own_cpu_ms: float
    krita_ms: float
    calls: dict[str, float]


@dataclasses.dataclass
class StallReport:
    """What happened while it was watched; lists are longest first."""

    duration_s: float = 0.0
    beats: int = 0
    longest: Gap = Gap(0.0, 0.0, 0.0)
    gaps: list[Gap] = dataclasses.field(default_factory=list)
    entries: int = 0
    stays: list[Stay] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Baseline:
    """Krita's own cost of reading an image and adding it as a layer, in the same run."""

    calls_ms: dict[str, float]
    longest: Gap


class Stalls:
    """Watches Krita's UI thread from inside."""

    def __init__(self, krita: KritaSession) -> None:
        self._krita = krita

    @contextlib.contextmanager
    def watch(self, package: str = PLUGIN_PACKAGE) -> Iterator[StallReport]:
        """Watch during the block; the report is filled in at its end."""
        report = StallReport()
        self._krita.run("stalls.start(package)", package=package)
        try:
            yield report
        finally:
            found: dict[str, Any] = self._krita.run("stalls.stop()")
            report.duration_s = found["duration_s"]
            report.beats = found["beats"]
            report.longest = Gap(**found["longest"])
            report.gaps = [Gap(**gap) for gap in found["gaps"]]
            report.entries = found["held"]["entries"]
            report.stays = [Stay(**stay) for stay in found["held"]["stays"]]

    def baseline(self, width: int, height: int) -> Baseline:
        """Measure Krita's pixel calls in a document of that size, which is closed again."""
        self._krita.run("stalls.begin_pixel_calls(width, height)", width=width, height=height)
        found = self._krita.wait_until("stalls.pixel_calls()", BASELINE_TIMEOUT_S)
        if "error" in found:
            raise KritaError(f"Krita's pixel calls failed: {found['error']}")
        return Baseline(found["calls_ms"], Gap(**found["longest"]))
