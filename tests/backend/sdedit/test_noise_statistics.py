"""The canvas' noise is white, normal and independent in every direction it can be asked in.

Seeds are fixed, so each test passes always or never; the bounds are set where true noise would
fail about once in 10^5 seeds (5 standard errors for a mean, and likewise for the other figures).
"""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from backend.sdedit.noise import canvas_noise

SIZE = 512
STANDARD_ERRORS = 5


def field(seed: int = 11, step: int = 0, x: int = -200, y: int = -100) -> Tensor:
    return canvas_noise(seed, step, x, y, SIZE, SIZE, channels=4).double()


def assert_independent(a: Tensor, b: Tensor) -> None:
    """No correlation of the values nor of their squares, which Box–Muller's pairs could share."""
    bound = STANDARD_ERRORS / math.sqrt(a.numel())
    for f in (lambda z: z, lambda z: (z**2 - 1) / math.sqrt(2)):
        assert abs((f(a) * f(b)).mean().item()) < bound


def kolmogorov_distance(probabilities: Tensor) -> float:
    """√n times the largest distance between the sorted probabilities and the uniform law."""
    n = probabilities.numel()
    ordered = probabilities.flatten().sort().values
    ranks = torch.arange(1, n + 1, dtype=torch.float64)
    return math.sqrt(n) * max(
        (ranks / n - ordered).max().item(), (ordered - (ranks - 1) / n).max().item()
    )


# P(√n D > 2.5) = 2 exp(-2 · 2.5²) = 7e-6 (Kolmogorov).
KOLMOGOROV_BOUND = 2.5


@pytest.mark.parametrize("channel", range(4))
def test_each_channel_is_standard_normal(channel):
    z = field()[channel]

    assert kolmogorov_distance(torch.special.ndtr(z)) < KOLMOGOROV_BOUND
    for power, moment, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        error = (z**power).mean().item() - moment
        assert abs(error) < STANDARD_ERRORS * math.sqrt(variance / z.numel())


def test_the_tail_is_as_heavy_as_a_normals():
    z = field().flatten()
    expected = z.numel() * math.erfc(4 / math.sqrt(2))  # about 66 beyond ±4

    assert abs((z.abs() > 4).sum().item() - expected) < STANDARD_ERRORS * math.sqrt(expected)


@pytest.mark.parametrize("channel", range(4))
def test_the_spectrum_is_white(channel):
    """The power of white noise at each frequency is exponential with mean 1, all independent."""
    power = torch.fft.rfft2(field()[channel], norm="ortho").abs() ** 2
    power = power[:, 1:-1].flatten()  # the first and last column hold mirrored pairs

    assert kolmogorov_distance(-torch.expm1(-power)) < KOLMOGOROV_BOUND
    assert power.max().item() < math.log(power.numel()) + math.log(1e5)  # no line stands out


@pytest.mark.parametrize(
    ("down", "right"), [(0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0), (3, 0), (0, 64), (64, 0)]
)
def test_neighbouring_pixels_are_independent(down, right):
    moved = field(x=-200 + right, y=-100 + down)

    for channel in range(4):
        assert_independent(field()[channel], moved[channel])


def test_channels_are_independent():
    z = field()

    for first in range(4):
        for second in range(first):
            assert_independent(z[first], z[second])


@pytest.mark.parametrize("step", [1, 2, 255, 2**31])
def test_steps_are_independent(step):
    assert_independent(field(step=0), field(step=step))


@pytest.mark.parametrize("seed", [10, 12, 11 + 2**32, 11 + 2**63, 0])
def test_seeds_are_independent(seed):
    assert_independent(field(seed=11), field(seed=seed))


def test_rows_and_columns_are_not_mirror_images():
    square = field(x=0, y=0)
    row, column = torch.triu_indices(SIZE, SIZE, offset=1)

    assert_independent(square[:, row, column], square[:, column, row])


def test_the_far_side_of_the_origin_is_not_a_mirror_image():
    here, there = field(x=0, y=0), field(x=-SIZE, y=-SIZE)

    assert_independent(here, there)
    assert_independent(here, there.flip(1, 2))
