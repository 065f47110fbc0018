from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.sdedit.coarse_to_fine import _NOISE_INDICES_PER_SCALE
from backend.sdedit.scales import Refinement, plan_scales
from backend.sdedit.schedules import VESchedule, t_uniform_sigmas

SCHEDULE = VESchedule(0.02, 20)

sides = st.integers(1, 32_768)


def test_a_picture_no_larger_than_the_native_size_is_edited_once_as_it_is():
    for height, width in ((1, 1), (100, 128), (128, 4000), (1, 32_768)):
        (scale,) = plan_scales(height, width, 128, SCHEDULE, 0.4, 20)

        assert (scale.halvings, scale.height, scale.width) == (0, height, width)
        assert torch.equal(scale.sigmas, t_uniform_sigmas(SCHEDULE, 0.4, 20))


@pytest.mark.parametrize(
    ("size", "plan"),
    [
        ((181, 181), [(181, 181)]),  # the nearest scale is the picture's own
        ((182, 182), [(91, 91), (182, 182)]),
        ((256, 256), [(128, 128), (256, 256)]),
        ((360, 720), [(180, 360), (360, 720)]),
        ((1024, 513), [(256, 128), (512, 256), (1024, 513)]),
        ((4096, 4096), [(128, 128), (256, 256), (512, 512), (1024,) * 2, (2048,) * 2, (4096,) * 2]),
    ],
)
def test_a_larger_picture_begins_where_its_shorter_side_is_about_native(size, plan):
    scales = plan_scales(*size, 128, SCHEDULE, 0.4, 20)

    assert [(scale.height, scale.width) for scale in scales] == plan
    assert [scale.halvings for scale in scales] == list(range(len(plan)))[::-1]


def test_finer_scales_begin_at_their_own_noise_level_but_never_above_the_artists():
    refinement = Refinement(sigma_most=(0.3, 0.2), steps_share=0.25)

    high = plan_scales(1024, 1024, 128, SCHEDULE, 0.6, 20, refinement)
    low = plan_scales(1024, 1024, 128, SCHEDULE, 0.35, 20, refinement)

    sigma0 = SCHEDULE.sigma(0.35)
    assert 0.2 < sigma0 < 0.3
    firsts = [SCHEDULE.sigma(0.6), 0.3, 0.2, 0.2]
    assert [float(s.sigmas[0]) for s in high] == pytest.approx(firsts, rel=1e-12)
    assert [float(s.sigmas[0]) for s in low] == pytest.approx([sigma0, sigma0, 0.2, 0.2], rel=1e-12)
    assert [scale.steps for scale in high] == [20, 5, 5, 5]


@given(sides, sides, st.integers(1, 40), st.floats(1e-9, 1), st.floats(1e-9, 1))
def test_sizes_and_evaluations_are_the_same_at_every_t0(height, width, steps, t0, other):
    def shape(t0):
        return [
            (scale.halvings, scale.height, scale.width, scale.steps)
            for scale in plan_scales(height, width, 128, SCHEDULE, t0, steps)
        ]

    assert shape(t0) == shape(other)
    assert shape(t0)[0][3] == steps
    assert shape(t0)[-1][:3] == (0, height, width)
    assert all(scale[3] >= 1 for scale in shape(t0))


@given(sides, sides, st.integers(1, 32_768))
def test_noise_indices_of_all_scales_stay_apart_and_below_32_bits(height, width, native_px):
    most_steps = 1000 * 20  # the protocol's steps × repeats

    scales = plan_scales(height, width, native_px, SCHEDULE, 0.5, 1)

    assert most_steps < _NOISE_INDICES_PER_SCALE
    assert (scales[0].halvings + 1) * _NOISE_INDICES_PER_SCALE <= 2**32


@pytest.mark.parametrize("change", [{"t0": 0.0}, {"t0": 1.5}, {"steps": 0}])
def test_a_plan_that_cannot_be_is_refused(change):
    with pytest.raises(ValueError, match=r"^(t0|steps) is .*, but must be"):
        plan_scales(512, 512, 128, SCHEDULE, **({"t0": 0.5, "steps": 4} | change))
