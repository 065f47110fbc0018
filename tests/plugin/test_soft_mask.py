"""The mask of a live refinement fades out where the picture goes on around it."""

from __future__ import annotations

from sdedit.protocol.bounds import Bounds
from sdedit.soft_mask import soft_mask

CANVAS = Bounds(0, 0, 100, 80)


def values(area: Bounds, window: Bounds = CANVAS, fade_px: int = 4) -> list[list[int]]:
    data = bytes(soft_mask(area, window, CANVAS, fade_px).data)
    return [list(data[row : row + window.width]) for row in range(0, len(data), window.width)]


def test_it_is_white_inside_black_outside_and_rises_between() -> None:
    rows = values(Bounds(20, 20, 40, 30))
    assert rows[35][40] == 255
    assert rows[35][19] == rows[35][60] == rows[19][40] == rows[50][40] == 0
    assert rows[35][19:25] == [0, 64, 128, 191, 255, 255]
    assert rows[35][55:61] == [255, 255, 191, 128, 64, 0]
    assert rows[20][20] == 64, "a corner is as dark as its darker side"


def test_at_the_canvas_edge_it_does_not_fade() -> None:
    rows = values(CANVAS)
    assert {value for row in rows for value in row} == {255}
    rows = values(Bounds(0, 0, 40, 80))
    assert rows[0][0] == 255
    assert rows[0][39] == 64


def test_it_covers_the_window_wherever_that_lies() -> None:
    window = Bounds(10, 15, 60, 50)
    rows = values(Bounds(20, 20, 40, 30), window)
    assert (len(rows), len(rows[0])) == (50, 60)
    assert rows[20][30] == 255
    assert rows[0][0] == 0
