from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from backend.evaluation import photographs
from backend.evaluation.photographs import (
    PhotographsError,
    find_photographs,
    read_photographs,
    spread,
)
from backend.training.landscapes import HELD_OUT
from tests.backend.training.pictures_made import landscape, write_landscapes


def read(folder: Path, height: int):
    return read_photographs(find_photographs(folder, held_out=False), height, lambda *_: None)


def test_all_photographs_get_one_height(tmp_path):
    landscape(0, 300, 200).save(tmp_path / "a.png")
    landscape(1, 100, 100).save(tmp_path / "b.jpg")

    first, second = read(tmp_path, 80)

    assert (first.name, tuple(first.pixels.shape)) == ("a.png", (3, 80, 120))
    assert (second.name, tuple(second.pixels.shape)) == ("b.jpg", (3, 80, 80))


def test_damaged_and_small_pictures_are_left_out(tmp_path):
    write_landscapes(tmp_path, 2)  # 96 pixels high
    landscape(3, 300, 200).save(tmp_path / "large.png")
    (tmp_path / "damaged.png").write_bytes(b"no picture")
    Image.new("RGB", (40, 400)).save(tmp_path / "narrow.png")
    told = []

    found = read_photographs(
        find_photographs(tmp_path, held_out=False), 100, lambda *done: told.append(done)
    )

    assert [photograph.name for photograph in found] == ["large.png"]
    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_the_held_out_ones_are_those_training_leaves_out(tmp_path):
    for name in (HELD_OUT[2], "other.jpg", HELD_OUT[0]):
        landscape(0).save(tmp_path / name)

    held_out = find_photographs(tmp_path, held_out=True)

    assert [path.name for path in held_out] == sorted((HELD_OUT[0], HELD_OUT[2]))


def test_fewer_are_spread_over_all():
    paths = [Path(str(i)) for i in range(10)]

    assert [path.name for path in spread(paths, 3)] == ["0", "3", "6"]
    assert spread(paths, 99) == paths


def test_more_than_memory_should_hold_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(photographs, "HELD_MOST_BYTES", 3 * 96 * 144 * 2)

    assert len(read(write_landscapes(tmp_path, 2), 96)) == 2
    with pytest.raises(PhotographsError, match="3 photographs 96 pixels high take more memory"):
        read(write_landscapes(tmp_path, 3), 96)


def test_a_folder_without_usable_pictures_is_refused_with_the_reason(tmp_path):
    with pytest.raises(PhotographsError, match="There is no folder"):
        find_photographs(tmp_path / "missing", held_out=False)
    with pytest.raises(PhotographsError, match="There are no pictures in"):
        find_photographs(tmp_path, held_out=False)
    write_landscapes(tmp_path, 2)
    with pytest.raises(PhotographsError, match="leaves no picture out"):
        find_photographs(tmp_path, held_out=True)
    with pytest.raises(PhotographsError, match="less than 128 pixels high"):
        read(tmp_path, 128)
