from __future__ import annotations

import importlib.util

import pytest

from backend.paths import ROOT
from backend.training.markdown_blocks import with_block
from benchmarks.retake import PARTS, Part, retake

DOCUMENT = "Before.\n\n<!-- psnr -->\nold\n<!-- end of psnr -->\n\nAfter.\n"
COUNTED = "count.py"


@pytest.fixture
def root(tmp_path):
    """With a document, and a program that notes each run and says how many there were."""
    (tmp_path / "CARD.md").write_text(DOCUMENT)
    (tmp_path / COUNTED).write_text(
        "with open('runs', 'a') as file:\n    file.write('.')\n"
        "print(f'| {len(open(\"runs\").read())} |')\n"
    )
    return tmp_path


def runs(root) -> int:
    return len((root / "runs").read_text())


def test_a_parts_table_is_written_between_its_marks(root):
    failed = retake([Part("psnr", COUNTED, 1, "CARD.md")], root, root / "kept", root)

    assert failed == []
    assert (root / "CARD.md").read_text() == with_block(DOCUMENT, "psnr", "| 1 |")


def test_a_part_that_is_done_is_done_again_only_with_other_weights(root):
    parts = [Part("psnr", COUNTED, 1, "CARD.md")]
    for kept in ("weights-1", "weights-1", "weights-2"):
        retake(parts, root, root / kept, root)

    assert runs(root) == 2
    assert "| 2 |" in (root / "CARD.md").read_text()


def test_a_part_that_fails_leaves_its_document_and_holds_no_other_up(root, capfd):
    (root / "broken.py").write_text("print('half a table')\nraise SystemExit(3)\n")
    parts = [Part("psnr", "broken.py", 1, "CARD.md"), Part("sheet", COUNTED, 1)]

    assert retake(parts, root, root / "kept", root) == ["psnr"]
    assert (root / "CARD.md").read_text() == DOCUMENT
    assert retake(parts, root, root / "kept", root) == ["psnr"], "tried again"
    assert runs(root) == 1
    assert "sheet, part 2 of 2" in capfd.readouterr().err


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_parts_program_and_place_are_there(part):
    assert importlib.util.find_spec(part.command.split()[1]) is not None
    if part.told:
        with_block((ROOT / part.told).read_text(encoding="utf-8"), part.name, "")
