"""Gradients across a border and near it, on pictures where both are known."""

from __future__ import annotations

import pytest
import torch

from backend.evaluation.regions import grown
from backend.evaluation.seams import border_gradients

REGION = torch.zeros(40, 40, dtype=torch.bool)
REGION[10:30, 10:30] = True
AROUND = grown(REGION, 4)


def test_a_pasted_square_is_steep_at_its_border_alone():
    picture = torch.full((3, 40, 40), 100, dtype=torch.uint8)
    picture[:, REGION] = 110

    assert border_gradients(picture, REGION, AROUND) == (pytest.approx(10 * 3**0.5), 0)


def test_an_even_slope_has_no_seam():
    slope = (torch.arange(40)[:, None] * 2 + torch.arange(40)[None] * 2).byte().expand(3, -1, -1)

    across, elsewhere = border_gradients(slope, REGION, AROUND)

    assert [across, elsewhere] == pytest.approx([2 * 3**0.5] * 2)


def test_what_lies_far_from_the_region_does_not_count():
    picture = torch.zeros(3, 40, 40, dtype=torch.uint8)
    picture[:, 0] = 255

    assert border_gradients(picture, REGION, AROUND) == (0, 0)


def test_a_region_of_everything_has_no_border():
    everywhere = torch.ones(40, 40, dtype=torch.bool)

    assert border_gradients(torch.zeros(3, 40, 40), everywhere, everywhere) == (0, 0)
