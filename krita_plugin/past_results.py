"""Earlier results as the history tells of them."""

from __future__ import annotations

from dataclasses import dataclass

from .protocol.images import Image
from .protocol.messages import History


@dataclass(frozen=True, eq=False)
class PastResult:
    """One picture of one earlier edit."""

    entry: str
    nth: int
    """Which of the edit's pictures, from 0."""
    time: float
    """Seconds since 1970."""
    t0: float
    seed: int
    model: str
    thumbnail: Image | None
    """RGBA U8."""


def results_of(page: History) -> tuple[PastResult, ...]:
    """All pictures of a page's edits, the newest edit first."""
    thumbnails = iter(page.thumbnails)
    results = []
    for entry in page.entries:
        t0s = [float(t0) for t0 in str(entry.get("t0s") or "").replace(",", " ").split()]
        pictures = int(entry.get("pictures", 1))
        seen = [next(thumbnails, None) for _ in range(int(entry.get("thumbnails", pictures)))]
        for nth in range(pictures):
            is_strip = nth < len(t0s)
            results.append(
                PastResult(
                    str(entry["entry"]),
                    nth,
                    float(entry.get("time", 0.0)),
                    t0s[nth] if is_strip else float(entry.get("t0", 0.0)),
                    int(entry.get("seed", 0)) + (0 if is_strip else nth),
                    str(entry.get("model", "")),
                    seen[nth] if nth < len(seen) else None,
                )
            )
    return tuple(results)
