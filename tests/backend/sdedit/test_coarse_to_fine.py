from __future__ import annotations

import math

import pytest
import torch

from backend.sdedit.coarse_to_fine import sdedit_coarse_to_fine
from backend.sdedit.edit import NonFiniteResultError, sdedit
from backend.sdedit.noise import CanvasNoise
from backend.sdedit.samplers import SAMPLERS
from backend.sdedit.scales import plan_scales, resized
from backend.sdedit.schedules import VESchedule

from .gaussian import GaussianDenoiser, sampled_law

SCHEDULE = VESchedule(0.01, 20)
GAUSSIAN = GaussianDenoiser(0.25, mean=-0.2)

samplers = pytest.mark.parametrize("sampler", SAMPLERS)
scale_counts = pytest.mark.parametrize("scales", [1, 2, 3, 4])


def gaussian_everywhere(_scale):
    return GAUSSIAN


def picture(height: int, width: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(height * 1000 + width)
    return torch.rand(1, 3, height, width, generator=generator) * 2 - 1


def edit(guide, *, native_px, t0=0.5, steps=4, schedule=SCHEDULE, at=gaussian_everywhere, **how):
    """All states of an edit; ``how`` as `sdedit_coarse_to_fine` takes it."""
    scales = plan_scales(*guide.shape[-2:], native_px, schedule, t0, steps)
    return list(sdedit_coarse_to_fine(at, guide, scales, **({"seeds": [5]} | how)))


@samplers
@scale_counts
def test_kept_pixels_are_the_guides_very_bits_at_every_number_of_scales(sampler, scales):
    guide = picture(64, 83)
    guide[0, 0, 0, 0] = -0.0
    mask = torch.zeros(64, 83)
    mask[20:41, 33:60] = 1
    mask[30, 40] = 1e-6  # all that may change may change fully

    states = edit(guide, native_px=64 >> (scales - 1), mask=mask, sampler=sampler, repeats=2)

    result = states[-1].x0
    kept = mask == 0
    assert torch.equal(result[..., kept].view(torch.int32), guide[..., kept].view(torch.int32))
    assert (result != guide)[..., ~kept].all()
    for state in states:
        if state.x0.shape == guide.shape:
            assert torch.equal(state.x0[..., kept], guide[..., kept])


@scale_counts
@pytest.mark.parametrize("t0", [1e-6, 0.3, 1.0])
def test_steps_and_work_are_counted_over_all_scales_and_end_at_one(scales, t0):
    states = edit(picture(64, 83), native_px=64 >> (scales - 1), t0=t0, steps=6, repeats=2)

    of = 12 + 3 * (scales - 1)
    assert [(state.step, state.of) for state in states] == [(k, of) for k in range(1, of + 1)]
    fractions = [state.fraction for state in states]
    assert all(0 < before < after for before, after in zip(fractions, fractions[1:]))
    assert fractions[-1] == 1.0


def test_the_work_of_a_step_follows_its_pixels():
    states = edit(picture(32, 32), native_px=16, steps=2)  # 2 of 16×16, then 1 of 32×32

    assert [state.fraction for state in states] == [1 / 6, 2 / 6, 1.0]
    assert [state.x0.shape[-1] for state in states] == [16, 16, 32]


@samplers
def test_one_scale_is_sdedit_with_the_canvas_noise(sampler):
    guide = picture(20, 30)
    (scale,) = plan_scales(20, 30, 20, SCHEDULE, 0.5, 4)
    noise = CanvasNoise(7, -3, 11, 30, 20)
    expected = list(sdedit(GAUSSIAN, guide, scale.sigmas, noise, sampler=sampler, repeats=2))

    states = edit(guide, native_px=20, seeds=[7], x=-3, y=11, sampler=sampler, repeats=2)

    for state, other in zip(states[:-1], expected, strict=False):
        assert torch.equal(state.x0, other.x0)
    assert torch.equal(states[-1].x0, expected[-1].x)


@samplers
@pytest.mark.parametrize("scales", [1, 2, 3])
def test_a_flat_guide_becomes_gaussian_data_as_each_scale_in_turn_makes_it(sampler, scales):
    """Mean and last scale's variance in closed form: each scale's result is the next one's guide.

    What the coarser scales add to the variance is smooth, so only its mean is looked at.
    """
    size, guide = 256, 0.6
    plan = plan_scales(size, size, size >> (scales - 1), SCHEDULE, 0.5, 8)
    laws = [
        sampled_law(SAMPLERS[sampler], scale.sigmas, torch.tensor([0.25], dtype=torch.float64))
        for scale in plan
    ]

    *_, last = edit(
        torch.full((1, 3, size, size), guide),
        native_px=size >> (scales - 1),
        steps=8,
        sampler=sampler,
    )

    x = last.x0.double()
    factor = math.prod(law.mean.item() for law in laws)
    coarse_pixels = 3 * plan[0].pixels
    error = 5 * math.sqrt(sum(law.variance.item() for law in laws) / coarse_pixels)
    assert x.mean().item() == pytest.approx(-0.2 + factor * (guide + 0.2), abs=error)
    if scales == 1:
        relative = 5 * math.sqrt(2 / x.numel())
        assert x.var().item() == pytest.approx(laws[0].variance.item(), rel=relative)


@scale_counts
def test_at_a_t0_near_zero_the_guide_comes_back(scales):
    """sigma_min bounds it from below: with 1e-4, a denoiser that changes nothing returns it."""
    guide = picture(64, 96)

    *_, last = edit(
        guide,
        native_px=64 >> (scales - 1),
        t0=1e-9,
        schedule=VESchedule(1e-4, 20),
        at=lambda _scale: lambda x, _sigma: x,
    )

    assert (last.x0 - guide).abs().max() * 127.5 <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (1, 300), (300, 1), (17, 31), (63, 65)])
@pytest.mark.parametrize("native_px", [1, 8, 128])
def test_any_size_from_one_pixel_up_gives_a_picture_of_that_size(size, native_px):
    guide = picture(*size)
    mask = torch.zeros(size)
    mask[-1, -1] = 0.5

    *_, last = edit(guide, native_px=native_px, mask=mask)

    assert last.x0.shape == guide.shape
    changed = (last.x0 != guide).any(dim=1)[0]
    assert torch.equal(changed, mask > 0)


class FirstInputs:
    """Remembers what the network is given first at each scale: the noised start."""

    def __init__(self) -> None:
        self.x: dict[int, torch.Tensor] = {}

    def __call__(self, scale):
        def denoise(x, _sigma):
            self.x.setdefault(scale.halvings, x)
            return torch.zeros_like(x)

        return denoise


def test_the_noise_stays_on_the_canvas_when_the_window_moves():
    """A black guide and a denoiser that says black: what the network sees is noise alone."""
    here, there = FirstInputs(), FirstInputs()
    black = torch.zeros(1, 3, 64, 96)

    edit(black, native_px=16, at=here, x=-12, y=100)
    edit(black, native_px=16, at=there, x=-12 + 8, y=100 - 4)

    assert set(here.x) == {2, 1, 0}
    for halvings in here.x:
        right, up = 8 >> halvings, 4 >> halvings
        moved = there.x[halvings][..., up:, :-right]
        assert torch.equal(here.x[halvings][..., :-up, right:], moved)
        assert here.x[halvings].std() > 0.1


def test_no_two_scales_share_their_noise():
    seen = FirstInputs()

    edit(torch.zeros(1, 3, 64, 64), native_px=32, at=seen, t0=0.1)

    coarse, fine = seen.x[1], seen.x[0][..., :32, :32]
    correlation = torch.corrcoef(torch.stack([coarse.flatten(), fine.flatten()]))[0, 1]
    assert abs(correlation.item()) < 5 / math.sqrt(coarse.numel())


def test_the_coarse_mask_lets_change_whatever_a_changing_pixel_touches():
    seen = []

    def at(scale):
        def denoise(x, _sigma):
            seen.append((scale.halvings, x))
            return torch.zeros_like(x)

        return denoise

    guide, mask = torch.ones(1, 1, 16, 16), torch.zeros(16, 16)
    mask[5, 9] = 1
    *_, last = edit(guide, native_px=4, at=at, mask=mask, t0=0.1, steps=2)

    changed_at = {h: (x[0, 0] - 1).abs() > 0.5 for h, x in seen}  # the last input at each scale
    assert changed_at[2].nonzero().tolist() == [[1, 2]]
    assert changed_at[1].nonzero().tolist() == [[2, 4]]
    assert (last.x0[0, 0] != 1).nonzero().tolist() == [[5, 9]]


def test_the_same_edit_twice_is_the_same_bits_and_another_seed_is_another_picture():
    guide = picture(40, 40)

    first, second, other = (
        edit(guide, native_px=20, seeds=[seed])[-1].x0 for seed in (2**64 - 1, 2**64 - 1, 0)
    )

    assert torch.equal(first, second)
    assert not torch.equal(first, other)


@scale_counts
def test_a_model_that_makes_nan_is_refused_before_its_picture_is_seen(scales):
    def broken_at(scale):
        return lambda x, _sigma: torch.full_like(x, math.nan) if scale.halvings == 0 else x

    with pytest.raises(NonFiniteResultError, match="infinite or undefined values"):
        edit(picture(64, 64), native_px=64 >> (scales - 1), at=broken_at)


def test_nan_at_a_coarse_scale_never_reaches_the_finer_one():
    asked = []

    def broken_at(scale):
        asked.append(scale.halvings)
        return lambda x, _sigma: torch.full_like(x, math.inf)

    with pytest.raises(NonFiniteResultError):
        edit(picture(64, 64), native_px=32, at=broken_at)
    assert asked == [1]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"guide": torch.zeros(3, 64, 64)}, r"guide has shape \(3, 64, 64\), but must be"),
        ({"guide": torch.full((1, 3, 64, 64), math.nan)}, "guide has infinite or undefined"),
        ({"mask": torch.ones(32, 32)}, r"mask has shape \(32, 32\), but must be \(64, 64\)"),
        ({"mask": torch.ones(1, 1, 64, 64)}, r"mask has shape \(1, 1, 64, 64\), but must be"),
        ({"mask": torch.full((64, 64), -1.0)}, "mask has values outside its range"),
        ({"repeats": 0}, "repeats is 0, but must be 1 or more"),
        ({"sampler": "ddim"}, "sampler is 'ddim', but must be one of"),
        ({"seeds": [-1]}, "seed is -1, but must be"),
        ({"x": 2**31 - 10}, "x is .*, but the canvas reaches"),
    ],
)
def test_what_cannot_be_edited_is_refused_before_any_step(change, sentence):
    arguments = {"guide": picture(64, 64), "seeds": [0]} | change
    scales = plan_scales(64, 64, 32, SCHEDULE, 0.5, 4)

    with pytest.raises(ValueError, match=f"^{sentence}"):
        sdedit_coarse_to_fine(gaussian_everywhere, scales=scales, **arguments)


def test_resizing_keeps_flat_pictures_flat_and_the_mean_of_halves():
    flat = torch.full((1, 3, 16, 24), 0.3)
    assert torch.allclose(resized(flat, 9, 50), torch.full((1, 3, 9, 50), 0.3), atol=1e-6)

    ramp = torch.linspace(-1, 1, 64).expand(1, 1, 64, 64)
    assert torch.allclose(
        resized(resized(ramp, 32, 32), 64, 64)[..., 8:-8], ramp[..., 8:-8], atol=1e-3
    )
    assert resized(ramp, 64, 64) is ramp
