from __future__ import annotations

import pytest
import torch

from backend.evaluation.regions import bounds_of, cut, grown, random_region
from protocol.bounds import Bounds


def test_a_region_is_the_same_for_the_same_seed_and_picture():
    region = random_region(3, 1, 60, 90)

    assert torch.equal(region, random_region(3, 1, 60, 90))
    assert not torch.equal(region, random_region(3, 2, 60, 90))
    assert not torch.equal(region, random_region(4, 1, 60, 90))


@pytest.mark.parametrize("index", range(20))
@pytest.mark.parametrize("size", [(64, 64), (64, 200), (150, 64)])
def test_a_region_is_one_blob_inside_the_picture(size, index):
    region = random_region(0, index, *size)

    bounds = bounds_of(region)
    assert Bounds(1, 1, size[1] - 2, size[0] - 2).contains(bounds)
    side = min(size)
    assert 0.1 * side**2 < region.sum() < 0.33 * side**2
    assert region[:, bounds.x : bounds.right].any(dim=0).all()  # no gap between its parts
    assert region[bounds.y : bounds.bottom].any(dim=1).all()


def test_a_grown_region_reaches_as_far_as_asked_and_not_beyond_the_picture():
    region = torch.zeros(9, 9, dtype=torch.bool)
    region[1, 5] = True

    wider = grown(region, 2)

    assert bounds_of(wider) == Bounds(3, 0, 5, 4)
    assert wider.sum() == 20


def test_a_cut_is_a_view():
    pixels = torch.zeros(3, 4, 5)

    cut(pixels, Bounds(2, 1, 2, 3))[:] = 1

    assert pixels.sum() == 3 * 2 * 3
    assert pixels[:, 1:, 2:4].all()
