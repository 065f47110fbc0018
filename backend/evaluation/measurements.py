"""What an evaluation has measured so far: shown row by row, and kept in a folder.

table.md and figures.json are written anew after every row, so that they survive whatever ends the
evaluation; the plot and the contact sheets at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.evaluation.contact_sheet import ContactSheet
from backend.evaluation.evaluation import Cell, Row
from backend.evaluation.report import Table, curves, figures_json, markdown
from backend.evaluation.tradeoff_plot import draw_tradeoff
from backend.pictures.files import write_picture
from backend.writing import write_whole

EXAMPLES = 2
"""How many photographs a contact sheet shows."""


class Measurements:
    """folder: made with the first row; None to keep nothing."""

    def __init__(
        self, folder: Path | None, title: str, settings: Mapping[str, Any], *, has_kid: bool
    ) -> None:
        self._folder = folder
        self._title = title
        self._settings = settings
        self._has_kid = has_kid
        self._rows: list[Row] = []
        self._sheets: dict[str, ContactSheet] = {}

    def add(self, cell: Cell) -> str:
        """Keep a cell; its line of the table, below the titles if it is the protocol's first.

        Raises OSError when the folder cannot be written.
        """
        row = cell.row
        table = Table(row.protocol, has_kid=self._has_kid)
        text = table.aligned(table.cells(row))
        if all(other.protocol != row.protocol for other in self._rows):
            text = f"\n{row.protocol}\n{table.aligned(table.titles)}\n{text}"
        self._rows.append(row)
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._add_to_sheet(cell)
            table_text = markdown(self._title, self._settings, self._rows)
            write_whole(self._folder / "table.md", table_text.encode())
            figures = figures_json(self._settings, self._rows)
            write_whole(self._folder / "figures.json", figures.encode())
        return text

    def finish(self) -> list[str]:
        """Write the pictures; what there is to say at the end. Raises OSError, PictureFileError."""
        said = [curve.sentence() for curve in curves(self._rows)]
        if self._folder is None or not self._rows:
            return said
        for protocol, sheet in self._sheets.items():
            write_picture(self._folder / f"{protocol}.jpg", sheet.picture())
        try:
            draw_tradeoff(self._folder / "tradeoff.png", self._rows)
        except ImportError:
            said.append(
                "There is no plot: it needs matplotlib (python3 install.py --extras evaluate)."
            )
        said.append(f"Written to {self._folder}.")
        return said

    def _add_to_sheet(self, cell: Cell) -> None:
        row = cell.row
        if row.t0 is None:
            return
        sheet = self._sheets.setdefault(row.protocol, ContactSheet())
        count = min(EXAMPLES, len(cell.examples))
        for index in (i * len(cell.examples) // count for i in range(count)):
            example = cell.examples[index]
            name = Path(example.photograph.name).stem
            if row.colours:
                name += f", {row.colours} colours"
            if row.t0 == 0:
                sheet.add(name, "photograph", example.photograph.pixels)
                sheet.add(name, "guide", example.guide)
            else:
                sheet.add(name, f"t0 {row.t0:g}", cell.results[index])
