"""`sdedit evaluate` with the shipped model, small; and what it refuses."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from backend.cli.command import main
from backend.evaluation import sliced_wasserstein
from backend.evaluation.evaluation import Cell, Evaluation
from tests.backend.cli.sdedit_command import start_sdedit
from tests.backend.training.pictures_made import landscape, write_landscapes


@pytest.fixture(autouse=True)
def photographs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path / "home"))
    return write_landscapes(tmp_path / "photographs", 2)


def evaluate(*arguments: str) -> int:
    try:
        return main(["evaluate", *arguments])
    except SystemExit as stop:
        return int(stop.code or 0)


def test_the_shipped_model_is_evaluated(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sliced_wasserstein, "PATCHES", 512)  # exactness is not what is tested here
    small = "--height 64 --steps 2 --t0 0.5,0.2 --colours 6 --device cpu --out results/here"

    assert evaluate("photographs", *small.split()) == 0

    said = capsys.readouterr().out
    assert "photographs: picture-00.png, picture-01.png\n" in said
    assert "\nstrokes\ncolours " in said
    assert said.endswith("Written to results/here.\n")
    written = json.loads(Path("results/here/figures.json").read_text("utf-8"))
    rows = {(row["protocol"], row["t0"]): row for row in written["rows"]}
    assert len(rows) == 3 * 4  # photographs, guides, two t0s
    for protocol in ("strokes", "local", "compositing"):
        assert 0 == rows[protocol, 0]["l2"] < rows[protocol, 0.2]["l2"] < rows[protocol, 0.5]["l2"]
    for protocol in ("local", "compositing"):
        assert rows[protocol, 0.2]["changed"] == rows[protocol, 0.5]["changed"] == 0
    seams = [rows["compositing", t0]["seam"] for t0 in (0, 0.2, 0.5)]
    assert seams == sorted(seams, reverse=True)
    table = Path("results/here/table.md").read_text("utf-8")
    assert table.startswith("# Evaluation of the model 'landscape'\n")
    assert {"strokes.jpg", "local.jpg", "compositing.jpg"} <= set(os.listdir("results/here"))


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to one process")
def test_ctrl_c_keeps_what_is_measured(tmp_path: Path) -> None:
    endless = "--protocol compositing --height 64 --steps 1000 --device cpu --out out"
    with start_sdedit(tmp_path, "evaluate", "photographs", *endless.split()) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "0 (guide)" in line:
                process.send_signal(signal.SIGINT)
                break
        rest, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert errors.endswith("Stopped; what is above was measured.\n")
    assert "Traceback" not in errors
    assert rest == "Written to out.\n"
    written = json.loads((tmp_path / "out" / "figures.json").read_text("utf-8"))
    assert [row["t0"] for row in written["rows"]] == [None, 0]
    with Image.open(tmp_path / "out" / "compositing.jpg") as sheet:
        assert sheet.width == 2 * (144 * 64 // 96 + 4) - 4


def test_ctrl_c_before_the_first_row_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: Evaluation) -> Iterator[Cell]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Evaluation, "cells", interrupted)
    small = "--height 64 --pictures 1 --device cpu --out results/here"

    assert evaluate("photographs", *small.split()) == 130

    assert capsys.readouterr().err.endswith("Stopped; nothing was measured.\n")
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("missing", "There is no folder missing. Name a folder of photographs."),
        ("empty", "There are no pictures in empty."),
        ("photographs --held-out", "Training on photographs leaves no picture out."),
        ("photographs --height 100", "None of the 2 pictures can be used: they are damaged, less"),
        ("photographs --height 10", "height is 10; it must be a whole number 64–2048."),
        ("photographs --model other", "There is no model called 'other'. The models here:"),
        ("photographs --t0 0.3,0", "t0 is 0.0; it must be a number more than 0 and at most 1."),
        ("photographs --t0 1.01", "t0 is 1.01; it must be"),
        ("photographs --t0 nan", "t0 is nan; it must be"),
        ("photographs --t0 some", "Argument --t0: 'some' is not a list of numbers with commas"),
        ("photographs --t0 ,", "t0 is empty; give at least one value."),
        ("photographs --colours 0", "colours is 0; it must be a whole number 1–256."),
        ("photographs --colours 6.5", "Argument --colours: '6.5' is not a list of numbers"),
        ("photographs --pictures 0", "pictures is 0; it must be a whole number 1–"),
        ("photographs --steps 0", "steps is 0; it must be a whole number 1–1000."),
        ("photographs --seed -1", "seed is -1; it must be"),
        ("photographs --sampler heun", "sampler is 'heun'; it must be one of em, "),
        ("photographs --protocol strokes,all", "protocol is 'all'; it must be one of strokes, "),
        ("photographs --reference missing", "There is no folder missing."),
        ("photographs --device cuda:99", "This machine has no device 'cuda:99'. Choose one of"),
        ("photographs --out file", "file is no folder. Choose another --out."),
        ("empty --out new/results", "There are no pictures in empty."),
    ],
)
def test_wrong_input_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: str, words: str
) -> None:
    Path("empty").mkdir()
    Path("file").write_text("no folder")

    code = evaluate(*arguments.split())

    output = capsys.readouterr()
    assert code == 2
    assert words in output.err
    assert output.err.count("\n") == 1
    assert output.out == ""
    assert not Path("new").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_that_cannot_be_written_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)

    assert evaluate("photographs", "--out", "locked") == 2

    assert "/locked. Choose another --out." in capsys.readouterr().err


def test_pictures_left_out_are_counted(
    photographs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    landscape(5, 90, 64).save(photographs / "small.png")
    small = "--height 80 --protocol compositing --steps 1 --t0 0.1 --device cpu"

    assert evaluate("photographs", *small.split()) == 0

    assert "Left out 1 of 3 pictures" in capsys.readouterr().err
