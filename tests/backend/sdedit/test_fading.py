"""t0 → 0 gives the guide back, and from twice sigma_min on all of the change counts."""

from __future__ import annotations

import pytest
import torch

from backend.sdedit.fading import change_share, faded
from backend.sdedit.schedules import VESchedule
from backend.sdedit.vp_schedules import VPSchedule

SCHEDULES = [VESchedule(0.02, 50.0), VESchedule(0.01, 378.0), VPSchedule(0.1, 20.0)]
GUIDE = torch.linspace(-1, 1, 48).reshape(1, 3, 4, 4)
X0 = GUIDE.flip(3)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_share_rises_steadily_from_none_to_all(schedule):
    t0s = [0.0, 1e-12, *(step / 1000 for step in range(1, 1001))]
    shares = [change_share(schedule, t0) for t0 in t0s]

    assert shares[0] == 0
    assert shares[1] < 1e-8
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert all(
        (share == 1) is (schedule.sigma(t0) >= 2 * schedule.sigma_min)
        for t0, share in zip(t0s, shares)
    )


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_guide_is_the_limit_to_the_bit(schedule):
    assert torch.equal(faded(X0, GUIDE, schedule, 1e-17), GUIDE)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_an_edit_of_more_noise_is_not_touched(schedule):
    assert faded(X0, GUIDE, schedule, 0.3) is X0


def test_a_t0_map_fades_each_pixel_by_its_own_t0():
    schedule = SCHEDULES[0]
    t0_map = torch.tensor([0.0, 1 / 255, 0.1, 1.0]).repeat(4, 1)

    result = faded(X0, GUIDE, schedule, 0.5, t0_map)

    for column, level in enumerate(t0_map[0].tolist()):
        alone = faded(X0, GUIDE, schedule, 0.5 * level)
        assert torch.allclose(result[..., column], alone[..., column], atol=1e-6)
    assert torch.equal(result[..., 0], GUIDE[..., 0])
    assert torch.equal(result[..., 3], X0[..., 3])
