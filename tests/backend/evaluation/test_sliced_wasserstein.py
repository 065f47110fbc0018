"""The sliced Wasserstein distance against closed forms."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from backend.evaluation import sliced_wasserstein
from backend.evaluation.sliced_wasserstein import (
    PatchLaw,
    laplacian_bands,
    pyramid_levels,
    wasserstein,
)


@pytest.fixture(autouse=True)
def _fewer_patches(monkeypatch):
    monkeypatch.setattr(sliced_wasserstein, "PATCHES", 4096)


def noise(count: int, side: int = 64, low: int = 40, high: int = 200) -> list[torch.Tensor]:
    """Pictures (3, side, side) uint8 of white noise."""
    generator = torch.Generator().manual_seed(count)
    size = (count, 3, side, side)
    return list(torch.randint(low, high, size, dtype=torch.uint8, generator=generator))


def gaussian(seed: int, count: int = 20_000) -> torch.Tensor:
    """(1, N) sorted."""
    sample = torch.randn(1, count, generator=torch.Generator().manual_seed(seed))
    return sample.sort(dim=1).values


def test_the_distance_of_two_gaussians_is_that_of_their_means():
    assert wasserstein(gaussian(0) + 0.7, gaussian(1)) == pytest.approx(0.7, abs=0.02)


def test_the_distance_of_two_gaussians_of_unlike_spread_is_their_mean_quantile_difference():
    expected = 0.5 * math.sqrt(2 / math.pi)  # |1.5 - 1| E|z|

    assert wasserstein(1.5 * gaussian(0), gaussian(1)) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("count", [1, 777, 20_000])
def test_samples_of_unlike_size_can_be_compared(count):
    thinned = gaussian(0)[:, torch.arange(count) * 20_000 // count]

    assert wasserstein(gaussian(0) + 3, thinned) == pytest.approx(3, abs=0.02 if count > 1 else 5)


def test_the_distance_is_the_mean_over_directions():
    zeros = torch.zeros(2, 5)

    assert wasserstein(torch.tensor([[1.0] * 5, [3.0] * 5]), zeros) == 2


def test_a_set_is_at_no_distance_from_itself():
    pictures = noise(3)

    assert PatchLaw(pictures, 3).distances(pictures) == [0, 0, 0]


def test_another_brightness_shows_in_the_coarsest_level_alone_and_by_its_own_size():
    pictures = noise(4)
    shifted = [picture + 20 for picture in pictures]

    *fine, coarsest = PatchLaw(pictures, 3).distances(shifted)

    assert max(fine) < 1
    left = torch.cat([laplacian_bands(p[None].float(), 3)[-1] for p in pictures])
    # A shift of all 147 values by d moves their projection by d √147 cos, of mean d √(2/π).
    assert coarsest == pytest.approx(
        1000 * 20 / float(left.std()) * math.sqrt(2 / math.pi), rel=0.15
    )


def test_lost_detail_shows_in_the_level_that_holds_it():
    pictures = noise(4)
    blurred = [
        F.avg_pool2d(p[None].float(), 3, stride=1, padding=1, count_include_pad=False)[0].byte()
        for p in pictures
    ]

    fine, _, coarse = PatchLaw(pictures, 3).distances(blurred)

    # Two thirds of white noise's deviation is lost: the projections shrink by that much and more.
    assert 1000 * 2 / 3 * math.sqrt(2 / math.pi) - 60 < fine < 1000 * math.sqrt(2 / math.pi)
    assert coarse < fine / 3


def test_two_samples_of_one_law_are_close():
    law = PatchLaw(noise(6), 3)

    assert law.distances(noise(7))[0] < 30
    assert law.distances(noise(7, low=90, high=150))[0] > 300


def test_sets_of_unlike_number_and_size_can_be_compared():
    law = PatchLaw([*noise(2), *noise(1, side=80)], 3)

    assert all(distance < 150 for distance in law.distances(noise(5, side=72)))


def test_flat_pictures_have_finite_distances():
    flat = [torch.full((3, 32, 40), 90, dtype=torch.uint8)]

    assert PatchLaw(flat, 2).distances(flat) == [0, 0]
    assert all(math.isfinite(d) for d in PatchLaw(flat, 2).distances(noise(1, side=32)))


def test_a_pyramid_adds_up_to_its_picture():
    x = torch.rand(1, 3, 37, 64, dtype=torch.float64)

    bands = laplacian_bands(x, 3)

    assert [tuple(band.shape[-2:]) for band in bands] == [(37, 64), (18, 32), (9, 16)]
    whole = bands[-1]
    for band in bands[-2::-1]:
        whole = band + F.interpolate(whole, size=band.shape[-2:], mode="bilinear")
    torch.testing.assert_close(whole, x)


@pytest.mark.parametrize(
    ("size", "levels"),
    [((256, 512), 5), ((300, 128), 4), ((64, 64), 3), ((16, 40), 1), ((9, 9), 1)],
)
def test_levels_go_down_to_16_pixels(size, levels):
    assert pyramid_levels([torch.zeros(3, 512, 512), torch.zeros(3, *size)]) == levels
