"""The plot of the trade-off: realism against faithfulness, one line for each number of colours."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.evaluation.protocols import STROKES
from backend.evaluation.report import COLUMNS, REALISM, Curve, curves
from backend.writing import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from backend.evaluation.evaluation import Row

# Colours that stay apart for colour-blind eyes (Okabe and Ito 2008).
STYLES: tuple[dict[str, Any], ...] = (
    {"color": "#0072B2", "marker": "o"},
    {"color": "#D55E00", "marker": "s"},
    {"color": "#009E73", "marker": "D"},
    {"color": "#CC79A7", "marker": "^"},
    {"color": "#E69F00", "marker": "v"},
    {"color": "#56B4E9", "marker": "P"},
)


def draw_tradeoff(path: Path, rows: Sequence[Row]) -> None:
    """Write a PNG with a panel for each protocol that has a curve.

    Raises ImportError without matplotlib, OSError when it cannot be written.
    """
    from matplotlib.figure import Figure

    found = curves(rows)
    protocols = list(dict.fromkeys(curve.protocol for curve in found))
    if not protocols:
        return
    figure = Figure(figsize=(5.2 * len(protocols), 4.4), layout="constrained")
    for axes, protocol in zip(figure.subplots(1, len(protocols), squeeze=False)[0], protocols):
        _draw_panel(axes, [curve for curve in found if curve.protocol == protocol])
        photographs = [r for r in rows if r.protocol == protocol and r.t0 is None]
        level = photographs[0].figures.get(REALISM[protocol]) if photographs else None
        if level is not None:
            height = axes.get_ylim()  # kept, however far away the photographs are
            axes.axhline(level, color="#888888", linestyle=":", label=f"photographs: {level:.3g}")
            axes.set_ylim(height)
        axes.legend(frameon=False, fontsize=8)
    encoded = io.BytesIO()
    figure.savefig(encoded, format="png", dpi=110)
    write_whole(path, encoded.getvalue())


def _draw_panel(axes: Axes, found: Sequence[Curve]) -> None:
    for index, curve in enumerate(found):
        rows = [row for row in curve.rows if curve.realism in row.figures]
        x = [row.figures["l2"] for row in rows]
        y = [row.figures[curve.realism] for row in rows]
        label = f"{curve.colours} colours" if curve.colours else "pasted"
        axes.plot(x, y, label=label, markersize=4, **STYLES[index % len(STYLES)])
        for row, at in zip(rows, zip(x, y)):
            axes.annotate(f"{row.t0:g}", at, xytext=(4, 4), textcoords="offset points", fontsize=7)
    protocol = found[0].protocol
    axes.set_title(protocol + ("" if protocol == STROKES else " (in the region)"), fontsize=10)
    axes.set_xlabel("L2 to the guide (left: faithful)")
    axes.set_ylabel(f"{COLUMNS[found[0].realism][0]} (low: realistic)")
    axes.grid(alpha=0.25)
