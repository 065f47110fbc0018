"""Watching for freezes of the user interface, and what Krita's own pixel calls freeze it for."""

from __future__ import annotations

import time
import traceback
from typing import Any, Callable

from krita import Document, Krita
from PyQt5.QtCore import QTimer

from .heartbeat import Heartbeat
from .held import HeldTime

# Beats that must follow before what a call set in motion counts as over.
_QUIET_BEATS = 40

_heartbeat: Heartbeat | None = None
_held: HeldTime | None = None
_baseline: PixelCalls | None = None


def start(package: str) -> None:
    """Begin to watch the UI thread, and the Python of one plugin on it."""
    global _heartbeat, _held
    stop()
    _heartbeat, _held = Heartbeat(), HeldTime(package)
    _heartbeat.start()
    _held.start()


def stop() -> dict[str, Any] | None:
    """Stop watching; the heartbeat's report with the plugin's stays as ``held``."""
    global _heartbeat, _held
    if _heartbeat is None or _held is None:
        return None
    report = {"held": _held.stop(), **_heartbeat.stop()}
    _heartbeat = _held = None
    return report


def entries() -> int:
    """How often the plugin's Python was entered since ``start``."""
    return 0 if _held is None else _held.entries


def begin_pixel_calls(width: int, height: int) -> None:
    """Make Krita's pixel calls once, each from the event loop, in a document of that size."""
    global _baseline
    document = Krita.instance().createDocument(width, height, "baseline", "RGBA", "U8", "", 72.0)
    document.setBatchmode(True)
    Krita.instance().activeWindow().addView(document)
    document.waitForDone()
    _baseline = PixelCalls(document)
    _baseline.start()


def pixel_calls() -> dict[str, Any] | None:
    """What ``begin_pixel_calls`` measured, or None while it runs."""
    if _baseline is None:
        raise RuntimeError("no pixel calls were begun")
    return _baseline.report


class PixelCalls:
    """Reads the image and puts it back as a new layer, one call in each turn of the event loop,
    with the heartbeat on: what any plugin must do, and nothing more."""

    def __init__(self, document: Document) -> None:
        self.report: dict[str, Any] | None = None
        self._document = document
        self._rect = (0, 0, document.width(), document.height())
        self._layer = document.createNode("baseline", "paintlayer")
        self._pixels: Any = b""
        self._call_ms: dict[str, float] = {}
        self._steps: list[Callable[[], None]] = [
            self.pixelData,
            self.projectionPixelData,
            self.setPixelData,
            self.addChildNode,
        ]
        self._heartbeat = Heartbeat()
        self._quiet_at = 0

    def start(self) -> None:
        """Begin; ``report`` is there at the end."""
        self._heartbeat.start()
        QTimer.singleShot(0, self._next)

    def _next(self) -> None:
        # The outermost edge of a Qt slot: the error becomes the report.
        try:
            if self._steps:
                step = self._steps.pop(0)
                began = time.perf_counter()
                step()
                self._call_ms[step.__name__] = 1000 * (time.perf_counter() - began)
                self._quiet_at = self._heartbeat.beats + _QUIET_BEATS
            elif self._heartbeat.beats >= self._quiet_at:
                self._finish()
                return
            QTimer.singleShot(5 if not self._steps else 0, self._next)
        except Exception:  # noqa: BLE001
            self.report = {"error": traceback.format_exc()}

    def _finish(self) -> None:
        report = self._heartbeat.stop()
        self._document.waitForDone()
        self._document.setModified(False)
        self._document.close()
        self.report = {"calls_ms": self._call_ms, **report}

    def pixelData(self) -> None:  # noqa: N802 (the steps have the names of Krita's calls)
        background = self._document.rootNode().childNodes()[0]
        self._pixels = background.pixelData(*self._rect)

    def projectionPixelData(self) -> None:  # noqa: N802
        self._document.rootNode().projectionPixelData(*self._rect)

    def setPixelData(self) -> None:  # noqa: N802
        self._layer.setPixelData(self._pixels, *self._rect)

    def addChildNode(self) -> None:  # noqa: N802
        self._document.rootNode().addChildNode(self._layer, None)
