"""An evaluation's figures as a table for people, as JSON for programs, and in sentences."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.evaluation.evaluation import Row
from backend.evaluation.protocols import COMPOSITING, LOCAL, STROKES

COLUMNS = {
    "l2": ("L2", ".2f"),
    "rms": ("rms/255", ".2f"),
    "swd": ("SWD·10³", ".1f"),
    "kid": ("KID·10³", ".2f"),
    "seam": ("seam", ".2f"),
    "changed": ("kept px changed", "d"),
    "seconds": ("s/picture", ".2f"),
}
SHOWN = {
    STROKES: ("l2", "rms", "swd", "kid", "seconds"),
    LOCAL: ("l2", "rms", "swd", "kid", "seam", "changed", "seconds"),
    COMPOSITING: ("l2", "rms", "seam", "changed", "seconds"),
}
REALISM = {STROKES: "swd", LOCAL: "swd", COMPOSITING: "seam"}
"""What should fall as t0 rises."""
NO_FIGURE = "–"


@dataclass(frozen=True)
class Curve:
    """The rows of one protocol and number of colours, from the guides (t0 = 0) upwards."""

    protocol: str
    colours: int
    rows: Sequence[Row]

    @property
    def name(self) -> str:
        return f"{self.protocol}, {self.colours} colours" if self.colours else self.protocol

    @property
    def realism(self) -> str:
        return REALISM[self.protocol]

    def violations(self) -> tuple[list[float], list[float]]:
        """The t0s at which L2 is less, and those at which realism is worse, than just before."""
        less_l2, less_real = [], []
        for before, row in zip(self.rows, self.rows[1:]):
            t0 = row.t0 or 0.0
            if row.figures["l2"] < before.figures["l2"]:
                less_l2.append(t0)
            if row.figures.get(self.realism, 0.0) > before.figures.get(self.realism, 0.0):
                less_real.append(t0)
        return less_l2, less_real

    def sentence(self) -> str:
        """Whether the trade-off between faithfulness and realism is monotone in t0."""
        less_l2, less_real = self.violations()
        steps = len(self.rows) - 1
        wrong = [
            f"{what} at {len(t0s)} of {steps} steps (to t0 {', '.join(f'{t0:g}' for t0 in t0s)})"
            for what, t0s in (
                ("L2 falls", less_l2),
                (f"{COLUMNS[self.realism][0]} rises", less_real),
            )
            if t0s
        ]
        if not wrong:
            return f"{self.name}: monotone over all {steps} steps of t0."
        return f"{self.name}: not monotone; as t0 rises, {' and '.join(wrong)}."


def curves(rows: Iterable[Row]) -> list[Curve]:
    """The curves with at least one edit, in the order of their rows."""
    found: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        if row.t0 is not None:
            found.setdefault((row.protocol, row.colours), []).append(row)
    return [Curve(*key, of) for key, of in found.items() if len(of) > 1]


class Table:
    """The rows of one protocol, in columns of fixed width, so that each can be shown at once."""

    def __init__(self, protocol: str, *, has_kid: bool) -> None:
        self._names = [name for name in SHOWN[protocol] if name != "kid" or has_kid]
        self.titles = ["colours", "t0", *(COLUMNS[name][0] for name in self._names)]
        self._widths = [max(len(title), width) for title, width in zip(self.titles, [7, 11])]
        self._widths += [max(len(title), 7) for title in self.titles[2:]]

    def cells(self, row: Row) -> list[str]:
        t0 = {None: "photographs", 0.0: "0 (guide)"}.get(row.t0, f"{row.t0}")
        figures = [
            f"{row.figures[name]:{COLUMNS[name][1]}}" if name in row.figures else NO_FIGURE
            for name in self._names
        ]
        return [str(row.colours or NO_FIGURE), t0, *figures]

    def aligned(self, cells: Sequence[str]) -> str:
        """One line of plain text."""
        return "  ".join(cell.rjust(width) for cell, width in zip(cells, self._widths))


def in_words(settings: Mapping[str, Any]) -> list[str]:
    """ "name: value" of each setting."""
    return [
        f"{name}: {', '.join(map(str, value)) if isinstance(value, (list, tuple)) else value}"
        for name, value in settings.items()
    ]


def markdown(title: str, settings: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """All tables, what they were measured with, and whether the trade-offs are monotone."""
    parts = [f"# {title}", "\n".join(f"- {words}" for words in in_words(settings))]
    has_kid = any("kid" in row.figures for row in rows)
    for protocol in dict.fromkeys(row.protocol for row in rows):
        table = Table(protocol, has_kid=has_kid)
        lines = [table.titles, ["---:"] * len(table.titles)]
        lines += [table.cells(row) for row in rows if row.protocol == protocol]
        parts.append(f"## {protocol.capitalize()}")
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    found = curves(rows)
    if found:
        parts.append("## Is the trade-off monotone?")
        parts.append("\n".join(f"- {curve.sentence()}" for curve in found))
    return "\n\n".join(parts) + "\n"


def figures_json(settings: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """{"settings": …, "rows": [{"protocol", "colours", "t0", figures …}], "violations": […]}."""
    measured = [
        {"protocol": row.protocol, "colours": row.colours, "t0": row.t0, **row.figures}
        for row in rows
    ]
    violations = []
    for curve in curves(rows):
        less_l2, less_real = curve.violations()
        violations.append(
            {
                "protocol": curve.protocol,
                "colours": curve.colours,
                "steps": len(curve.rows) - 1,
                "l2_falls_at": less_l2,
                f"{curve.realism}_rises_at": less_real,
            }
        )
    described = {"settings": settings, "rows": measured, "violations": violations}
    return json.dumps(described, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
