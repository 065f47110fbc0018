"""The plot of solvers.py: one panel for each table, errors falling with evaluations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, NullLocator, ScalarFormatter

matplotlib.use("Agg")

STYLES: dict[
    str, dict[str, Any]
] = {  # colours that stay apart for colour-blind eyes (Okabe and Ito 2008)
    "em": {"color": "#D55E00", "marker": "o"},
    "ancestral": {"color": "#E69F00", "marker": "s"},
    "sde-dpmpp-2m": {"color": "#0072B2", "marker": "D", "linewidth": 2.4, "zorder": 5},
    "sde-dpmpp-2m-corrected": {"color": "#56B4E9", "marker": "v"},
    "ode": {"color": "#CC79A7", "marker": "^"},
    "(third order)": {"color": "#009E73", "linestyle": "--", "linewidth": 1.2},
}
FLOORS: dict[str, dict[str, Any]] = {
    "least σ alone": {"color": "#888888", "linestyle": ":"},
    "other seeds": {"color": "#888888", "linestyle": ":"},
}


def draw(
    path: Path,
    evaluations: tuple[int, ...],
    gaussian: dict[tuple[str, float], dict[str, list[float]]],
    model_evaluations: tuple[int, ...],
    model: dict[float, dict[str, list[float]]],
) -> None:
    """Write the plot: a row for each schedule and one for the model, a column for each t0."""
    names = list(dict.fromkeys(name for name, _ in gaussian))
    t0s = list(model)
    rows = len(names) + 1
    figure, axes = pyplot.subplots(
        rows, len(t0s), figsize=(3.7 * len(t0s), 2.9 * rows), squeeze=False, sharey="row"
    )
    for column, t0 in enumerate(t0s):
        for row, name in enumerate(names):
            panel(axes[row][column], f"{name}, t0 {t0:g}", evaluations, gaussian[name, t0])
        panel(axes[-1][column], f"landscape model, t0 {t0:g}", model_evaluations, model[t0])
        axes[-1][column].set_xlabel("network evaluations")
    for row in axes[:-1]:
        row[0].set_ylabel("relative W2 to the exact law")
    axes[-1][0].set_ylabel("patch distance, /255")
    lines = {line.get_label(): line for axis in axes.flat for line in axis.get_lines()}
    figure.legend(lines.values(), lines.keys(), loc="lower center", ncols=4, frameon=False)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def panel(
    axis: Axes, title: str, evaluations: tuple[int, ...], errors: dict[str, list[float]]
) -> None:
    """One table's lines, both scales logarithmic."""
    for name, values in errors.items():
        style = STYLES.get(name) or FLOORS[name]
        axis.plot(evaluations, values, label=name, markersize=4, **style)
    axis.set_title(title, fontsize=10)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xticks(evaluations)
    axis.xaxis.set_major_formatter(ScalarFormatter())
    axis.xaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.grid(alpha=0.25)
