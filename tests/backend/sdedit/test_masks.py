from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.sdedit.edit import sdedit
from backend.sdedit.masks import check_mask, keep_guide
from backend.sdedit.noise import CanvasNoise
from backend.sdedit.samplers import SAMPLERS
from backend.sdedit.schedules import VESchedule, t_uniform_sigmas

from .gaussian import GaussianDenoiser

SCHEDULE = VESchedule(0.01, 20)
DENOISER = GaussianDenoiser(0.25)

samplers = pytest.mark.parametrize("sampler", SAMPLERS)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)


def bits(x: torch.Tensor) -> list[int]:
    return x.contiguous().view(torch.int32).flatten().tolist()


@samplers
@given(
    values=st.lists(floats.filter(lambda v: abs(v) < 1e30), min_size=12, max_size=12),
    mask=st.lists(st.sampled_from([0.0, 0.25, 1.0]), min_size=4, max_size=4),
    steps=st.integers(1, 5),
    repeats=st.integers(1, 2),
)
def test_kept_pixels_of_the_result_are_the_guides_bits(sampler, values, mask, steps, repeats):
    guide = torch.tensor(values).reshape(1, 3, 2, 2)
    mask = torch.tensor(mask).reshape(2, 2)

    *_, last = sdedit(
        DENOISER,
        guide,
        t_uniform_sigmas(SCHEDULE, 0.6, steps),
        CanvasNoise(seed=1, x=0, y=0, width=2, height=2),
        mask=mask,
        repeats=repeats,
        sampler=sampler,
    )

    kept = mask == 0
    assert bits(last.x[..., kept]) == bits(guide[..., kept])


def test_hostile_values_beside_and_inside_the_kept_region_do_not_change_it():
    guide = torch.tensor([-0.0, 1e-45, -1.0, 1 / 3]).reshape(1, 1, 2, 2)
    x = torch.tensor([5.0, math.nan, math.inf, -math.inf]).reshape(1, 1, 2, 2)

    kept = keep_guide(guide, torch.zeros(2, 2), torch.zeros_like)(x, 0.0, 9)

    assert bits(kept) == bits(guide)


def test_where_the_mask_is_one_the_edit_is_left_alone():
    guide, x = torch.randn(2, 1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    constrain = keep_guide(guide, torch.ones(8, 8), lambda _: torch.ones(1, 3, 8, 8))

    assert torch.equal(constrain(x, 2.0, 1), x)
    assert torch.equal(constrain(x, 0.0, 1), x)


def test_the_kept_region_is_the_guide_at_the_new_level_with_the_steps_own_noise():
    noise = CanvasNoise(seed=1, x=0, y=0, width=4, height=4)
    guide = torch.full((1, 3, 4, 4), 0.5)
    constrain = keep_guide(guide, torch.zeros(4, 4), noise)

    assert torch.equal(constrain(torch.zeros_like(guide), 0.3, 7), guide + 0.3 * noise(7))


def test_at_sigma_zero_no_noise_is_drawn():
    def noise(step):
        raise AssertionError(f"noise({step}) was drawn")

    guide = torch.zeros(1, 3, 4, 4)
    keep_guide(guide, torch.zeros(4, 4), noise)(guide, 0.0, 3)


def test_a_soft_mask_blends_result_and_guide():
    guide, x = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    mask = torch.tensor([[0.0, 0.25], [0.5, 1.0]])

    blended = keep_guide(guide, mask, lambda _: guide)(x, 0.0, 1)

    assert torch.equal(blended, mask.expand(1, 3, 2, 2))


def test_a_soft_mask_keeps_most_of_the_noise_that_the_denoiser_expects():
    """At mask ½ new noise comes in on both sides of the blend as the same z.

    With D held at the guide and r = sigma' / sigma, the edit's noise in units of sigma' is
    r n + √(1 - r²) z, and the kept side's is z: what stays of the variance v solves
    v = (r / 2)² v + ((√(1 - r²) + 1) / 2)²; with independent noise v = (r / 2)² v + (2 - r²) / 4.
    """
    size = 256
    sigmas = t_uniform_sigmas(VESchedule(0.01, 348), 0.5, 20)
    r2 = (sigmas[1] / sigmas[0]).item() ** 2
    shared = (math.sqrt(1 - r2) + 1) ** 2 / (4 - r2)
    independent = (2 - r2) / (4 - r2)
    assert (shared, independent) == pytest.approx((0.796, 0.416), abs=0.001)
    noise = CanvasNoise(seed=1, x=0, y=0, width=size, height=size)
    guide = torch.zeros(1, 3, size, size)

    for kept_noise, share in ((noise, shared), (lambda step: noise(1000 + step), independent)):
        constrain = keep_guide(guide, torch.full((size, size), 0.5), kept_noise)
        *_, before, _ = SAMPLERS["sde-dpmpp-2m"](
            lambda *_: guide, guide + sigmas[0] * noise(0), sigmas, noise, constrain
        )
        assert (before.x.var() / before.sigma**2).item() == pytest.approx(share, rel=0.02)


GUIDE = torch.zeros(2, 3, 4, 5)


@pytest.mark.parametrize(
    "shape", [(4, 5), (1, 4, 5), (3, 4, 5), (1, 1, 4, 5), (2, 1, 4, 5), (1, 3, 4, 5), (2, 3, 4, 5)]
)
def test_masks_that_broadcast_to_the_guide_are_taken(shape):
    check_mask(torch.ones(shape), GUIDE)
    check_mask(torch.ones(shape, dtype=torch.bool), GUIDE)


@pytest.mark.parametrize(
    "shape", [(), (5,), (5, 4), (1, 5), (4, 1), (2, 4, 5), (3, 1, 4, 5), (1, 1, 1, 4, 5)]
)
def test_masks_that_do_not_fit_the_guide_are_refused(shape):
    with pytest.raises(ValueError, match=r"^mask has shape .*, but must be \(4, 5\)"):
        check_mask(torch.ones(shape), GUIDE)


@pytest.mark.parametrize("value", [-0.001, 1.001, math.nan, math.inf])
def test_mask_values_outside_zero_to_one_are_refused(value):
    mask = torch.ones(4, 5)
    mask[2, 3] = value

    with pytest.raises(ValueError, match=r"^mask has values outside its range of 0 to 1"):
        check_mask(mask, GUIDE)
