from __future__ import annotations

import math

import pytest
import torch

from backend.sdedit.ode_t0 import ode_t0
from backend.sdedit.samplers import sample_ode
from backend.sdedit.schedules import VESchedule, log_uniform_sigmas
from backend.sdedit.vp_schedules import DiscreteVPSchedule, VPSchedule, linear_betas

from .gaussian import MODES, PICTURE, Law, exact_law, exact_ode_law, sampled_law

LANDSCAPE = VESchedule(0.02, 20)
SCHEDULES = [LANDSCAPE, VESchedule(0.01, 348), VPSchedule(), DiscreteVPSchedule(linear_betas())]
HALF = torch.tensor([0.25], dtype=torch.float64)

schedules = pytest.mark.parametrize("schedule", SCHEDULES)


@schedules
@pytest.mark.parametrize("t0", [0.01, 0.1, 0.3, 0.45, 0.6])
def test_from_its_own_t0_the_ode_has_the_sdes_whole_law(schedule, t0):
    """Mean and variance at once, on Gaussian data of the standard deviation it was told."""
    sde = exact_law(HALF, schedule.sigma(t0))
    ode = exact_ode_law(HALF, schedule.sigma(ode_t0(schedule, t0, 0.5)))

    assert ode.mean.item() == pytest.approx(sde.mean.item(), rel=1e-10)
    assert ode.variance.item() == pytest.approx(sde.variance.item(), rel=1e-10)


@pytest.mark.parametrize("t0", [0.1, 0.3, 0.45, 0.6])
def test_forty_evaluations_of_the_ode_come_within_two_percent_of_that_law(t0):
    sigmas = log_uniform_sigmas(LANDSCAPE, ode_t0(LANDSCAPE, t0, 0.5), 40)
    sde = exact_law(HALF, LANDSCAPE.sigma(t0))

    law = sampled_law(sample_ode, sigmas, HALF)

    assert law.mean.item() == pytest.approx(sde.mean.item(), rel=0.02)
    assert law.variance.item() == pytest.approx(sde.variance.item(), rel=0.02)


def distance_to_guide(law: Law) -> float:
    """Root mean square of result - guide, over a picture's spectrum and a guide that is one."""
    squares = MODES * ((1 - law.mean) ** 2 * PICTURE + law.variance)
    return math.sqrt(squares.sum().item())


@pytest.mark.parametrize(
    ("t0", "least", "most"),
    [(0.2, 0.96, 1), (0.3, 0.96, 1), (0.45, 0.96, 1), (0.5, 1, 1.04), (0.6, 1, 1.1)],
)
def test_on_a_pictures_spectrum_the_ode_is_as_faithful_as_the_sde(t0, least, most):
    sde = distance_to_guide(exact_law(PICTURE, LANDSCAPE.sigma(t0)))
    ode = distance_to_guide(exact_ode_law(PICTURE, LANDSCAPE.sigma(ode_t0(LANDSCAPE, t0, 0.5))))
    from_t0_itself = distance_to_guide(exact_ode_law(PICTURE, LANDSCAPE.sigma(t0)))

    assert least < ode / sde < most
    assert 0.71 < from_t0_itself / sde < 0.86


@schedules
def test_the_odes_t0_rises_with_the_artists_and_ends_at_one(schedule):
    own = [ode_t0(schedule, t0 / 100, 0.5) for t0 in range(1, 101)]

    assert own[-1] == 1
    for t0, (before, after) in enumerate(zip(own, own[1:], strict=False), start=1):
        assert before < after or before == after == 1
        assert before > t0 / 100 or before == 1


@pytest.mark.parametrize("data_std", [0, -1, math.nan, math.inf])
def test_data_without_a_spread_is_refused(data_std):
    with pytest.raises(ValueError, match=r"^data_std is .*, but must be above 0 and finite\.$"):
        ode_t0(LANDSCAPE, 0.5, data_std)


@pytest.mark.parametrize("t0", [0.0, -0.1, 1.0000001, math.nan])
def test_a_t0_outside_its_range_is_refused(t0):
    with pytest.raises(ValueError, match=r"^t0 is .*, but must be above 0 and at most 1\.$"):
        ode_t0(LANDSCAPE, t0, 0.5)
