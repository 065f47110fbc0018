"""The paper's L2 and its mean, on pictures whose distance is known."""

from __future__ import annotations

import pytest
import torch

from backend.pictures.faithfulness import l2, rms

BLACK = torch.zeros(3, 256, 256, dtype=torch.uint8)


def test_a_picture_is_at_no_distance_from_itself():
    picture = torch.randint(0, 256, (3, 20, 30), dtype=torch.uint8)

    assert l2(picture, picture) == rms(picture, picture) == 0


def test_l2_sums_over_all_pixels_and_channels_of_values_up_to_1():
    assert l2(BLACK + 255, BLACK) == pytest.approx((3 * 256 * 256) ** 0.5)
    assert rms(BLACK + 255, BLACK) == pytest.approx(255)


def test_differences_below_0_do_not_wrap_around():
    assert rms(BLACK, BLACK + 3) == pytest.approx(3)


def test_the_masked_distance_counts_the_region_alone():
    result = BLACK.clone()
    result[:, :8, :4] = 51  # a fifth of 255
    region = torch.zeros(256, 256, dtype=torch.bool)
    region[:8, :8] = True

    assert l2(result, BLACK, region) == pytest.approx((3 * 32 * 0.2**2) ** 0.5)
    assert rms(result, BLACK, region) == pytest.approx(51 / 2**0.5)
    assert l2(result, BLACK, ~region) == 0
