"""What is said of the figures: tables, JSON, and whether the trade-off is monotone."""

from __future__ import annotations

import json
import sys

import pytest
import torch
from PIL import Image

from backend.evaluation.contact_sheet import ContactSheet
from backend.evaluation.evaluation import Cell, Row
from backend.evaluation.measurements import Measurements
from backend.evaluation.photographs import Photograph
from backend.evaluation.protocols import Example
from backend.evaluation.report import curves, figures_json, markdown
from backend.evaluation.tradeoff_plot import draw_tradeoff


def curve_rows(l2: list[float], swd: list[float], colours: int = 6) -> list[Row]:
    t0s = [0.0, 0.2, 0.4, 0.6][: len(l2)]
    return [
        Row("strokes", colours, t0, {"l2": a, "rms": a, "swd": b}) for t0, a, b in zip(t0s, l2, swd)
    ]


ROWS = [
    Row("strokes", 0, None, {"swd": 120.0}),
    *curve_rows([0, 2, 4, 6], [400, 300, 200, 210]),
    *curve_rows([0, 3], [500, 100], colours=16),
    Row("compositing", 0, 0.0, {"l2": 0.0, "rms": 0.0, "seam": 5.0}),
    Row("compositing", 0, 0.2, {"l2": 1.25, "rms": 3.0, "seam": 1.5, "changed": 0}),
]


def test_a_curve_is_monotone_when_faithfulness_falls_and_realism_rises_with_t0():
    (curve,) = curves(curve_rows([0, 2, 4], [400, 300, 300]))

    assert curve.violations() == ([], [])
    assert curve.sentence() == "strokes, 6 colours: monotone over all 2 steps of t0."


def test_every_step_the_wrong_way_is_counted_and_named():
    (curve,) = curves(curve_rows([0, 2, 1, 3], [400, 410, 300, 310]))

    assert curve.violations() == ([0.4], [0.2, 0.6])
    assert curve.sentence() == (
        "strokes, 6 colours: not monotone; as t0 rises, L2 falls at 1 of 3 steps (to t0 0.4) "
        "and SWD·10³ rises at 2 of 3 steps (to t0 0.2, 0.6)."
    )


def test_composites_are_judged_by_their_seam():
    curve = curves(ROWS)[-1]

    assert (curve.name, curve.realism, curve.violations()) == ("compositing", "seam", ([], []))


def test_guides_alone_are_no_curve():
    assert curves(ROWS[:2]) == []


def test_the_table_has_every_row_and_a_dash_for_what_was_not_measured():
    text = markdown("Title", {"model": "x", "photographs": ["a", "b"]}, ROWS)

    assert text.startswith(
        "# Title\n\n- model: x\n- photographs: a, b\n\n## Strokes\n\n| colours |"
    )
    assert "| – | photographs | – | – | 120.0 | – |\n" in text
    assert "| 6 | 0 (guide) | 0.00 | 0.00 | 400.0 | – |\n" in text
    assert "| – | 0.2 | 1.25 | 3.00 | 1.50 | 0 | – |\n" in text
    assert "- strokes, 16 colours: monotone over all 1 steps of t0.\n" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert len(tables) == len(ROWS) + 2 * 2


def test_kid_has_a_column_only_where_it_was_measured():
    assert "KID" not in markdown("Title", {}, ROWS)
    with_kid = [Row("strokes", 6, 0.2, {"l2": 1.0, "rms": 1.0, "swd": 1.0, "kid": -0.5})]
    assert "| -0.50 |" in markdown("Title", {}, with_kid)


def test_the_json_holds_all_figures_and_violations():
    described = json.loads(figures_json({"seed": 3}, ROWS))

    assert described["settings"] == {"seed": 3}
    assert len(described["rows"]) == len(ROWS)
    assert described["rows"][0] == {"protocol": "strokes", "colours": 0, "t0": None, "swd": 120.0}
    assert described["violations"][0] == {
        "protocol": "strokes",
        "colours": 6,
        "steps": 3,
        "l2_falls_at": [],
        "swd_rises_at": [0.6],
    }


def test_the_plot_has_a_panel_for_each_protocol(tmp_path):
    draw_tradeoff(tmp_path / "both.png", ROWS)
    draw_tradeoff(tmp_path / "one.png", ROWS[:5])

    with Image.open(tmp_path / "both.png") as both, Image.open(tmp_path / "one.png") as one:
        assert both.width == pytest.approx(2 * one.width, abs=2)
        assert both.height == one.height


def test_nothing_measured_is_no_plot(tmp_path):
    draw_tradeoff(tmp_path / "plot.png", ROWS[:1])

    assert not list(tmp_path.iterdir())


def test_a_sheet_has_its_pictures_in_rows_and_columns():
    sheet = ContactSheet()
    for column, value in (("guide", 50), ("t0 0.4", 200)):
        for row in ("a", "b"):
            sheet.add(row, column, torch.full((3, 256, 400), value, dtype=torch.uint8))

    picture = sheet.picture()

    assert picture.size == (2 * 200 + 4, 2 * 128 + 4)
    assert picture.getpixel((100, 100)) == picture.getpixel((100, 230)) == (50, 50, 50)
    assert picture.getpixel((300, 100)) == (200, 200, 200)
    assert picture.getpixel((202, 130)) == (255, 255, 255)


def cells():
    pixels = torch.full((3, 64, 64), 90, dtype=torch.uint8)
    example = Example(Photograph("hill.png", pixels), pixels)
    return [Cell(row, [example], [pixels]) for row in ROWS]


def test_what_is_measured_is_on_disk_after_every_row(tmp_path):
    measurements = Measurements(tmp_path, "Title", {}, has_kid=False)

    for count, cell in enumerate(cells(), start=1):
        text = measurements.add(cell)
        assert len(json.loads((tmp_path / "figures.json").read_text("utf-8"))["rows"]) == count
        assert text.splitlines()[-1].split()[-1] == "–"  # the time was not measured
    assert measurements.finish()[-1] == f"Written to {tmp_path}."

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "compositing.jpg",
        "figures.json",
        "strokes.jpg",
        "table.md",
        "tradeoff.png",
    ]
    with Image.open(tmp_path / "strokes.jpg") as sheet:
        assert sheet.size == (5 * 68 - 4, 2 * 68 - 4)  # photograph, guide, three t0s; two colours


def test_without_matplotlib_everything_else_is_written(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    measurements = Measurements(tmp_path, "Title", {}, has_kid=False)
    for cell in cells():
        measurements.add(cell)

    assert (
        "There is no plot: it needs matplotlib (python3 install.py --extras evaluate)."
        in measurements.finish()
    )

    assert not (tmp_path / "tradeoff.png").exists()
    assert (tmp_path / "table.md").exists()


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    measurements = Measurements(None, "Title", {}, has_kid=False)
    for cell in cells():
        measurements.add(cell)

    assert len(measurements.finish()) == 3  # one sentence for each curve
    assert not list(tmp_path.iterdir())
