from __future__ import annotations

import math

import pytest
import torch

from backend.sdedit.edit import NonFiniteResultError, sdedit
from backend.sdedit.noise import CanvasNoise, noise_of_each
from backend.sdedit.samplers import ODE_SAMPLERS, SAMPLERS, SDE_SAMPLERS
from backend.sdedit.schedules import VESchedule, t_uniform_sigmas

from .gaussian import GaussianDenoiser, exact_law, sampled_law

SCHEDULE = VESchedule(0.01, 20)
SIGMAS = t_uniform_sigmas(SCHEDULE, 0.5, 4)
DENOISER = GaussianDenoiser(0.25)
GUIDE = torch.linspace(-1, 1, 60).reshape(1, 3, 4, 5)
NOISE = CanvasNoise(seed=3, x=0, y=0, width=5, height=4)

PARTLY = torch.tensor([0.0, 0.1, 0.5, 0.9, 1.0]).expand(4, 5)

samplers = pytest.mark.parametrize("sampler", SAMPLERS)
sde_samplers = pytest.mark.parametrize("sampler", SDE_SAMPLERS)
masks = pytest.mark.parametrize(
    "mask", [None, torch.tensor(0.5).expand(4, 5)], ids=["whole", "masked"]
)


class RecordingNoise:
    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, step: int) -> torch.Tensor:
        self.asked.append(step)
        return NOISE(step)


@samplers
def test_an_edit_is_the_noised_guide_through_the_sampler(sampler):
    expected = list(SAMPLERS[sampler](DENOISER, GUIDE + SIGMAS[0].item() * NOISE(0), SIGMAS, NOISE))

    states = list(sdedit(DENOISER, GUIDE, SIGMAS, NOISE, sampler=sampler))

    for state, other in zip(states, expected, strict=True):
        assert (state.step, state.of, state.sigma) == (other.step, other.of, other.sigma)
        assert torch.equal(state.x, other.x)
        assert torch.equal(state.x0, other.x0)


@samplers
def test_a_repeat_takes_the_last_result_as_its_guide(sampler):
    *_, first = sdedit(DENOISER, GUIDE, SIGMAS, NOISE, sampler=sampler)
    *_, second = sdedit(DENOISER, first.x, SIGMAS, lambda k: NOISE(4 + k), sampler=sampler)

    states = list(sdedit(DENOISER, GUIDE, SIGMAS, NOISE, repeats=2, sampler=sampler))

    assert torch.equal(states[3].x, first.x)
    assert torch.equal(states[7].x, second.x)


@sde_samplers
@masks
def test_steps_count_over_all_repeats_and_no_noise_is_made_twice(sampler, mask):
    noise = RecordingNoise()

    states = list(sdedit(DENOISER, GUIDE, SIGMAS, noise, mask=mask, repeats=3, sampler=sampler))

    assert [(state.step, state.of) for state in states] == [(k, 12) for k in range(1, 13)]
    assert noise.asked == list(range(12))


@pytest.mark.parametrize("sampler", ODE_SAMPLERS)
@masks
def test_the_ode_needs_one_noise_for_each_repeat(sampler, mask):
    """Its kept pixels stay on that noise, as its own path does where D is the guide."""
    noise = RecordingNoise()

    states = list(sdedit(DENOISER, GUIDE, SIGMAS, noise, mask=mask, repeats=3, sampler=sampler))

    assert [(state.step, state.of) for state in states] == [(k, 12) for k in range(1, 13)]
    assert noise.asked == [0, 4, 8]


def test_kept_pixels_of_the_ode_stay_on_their_first_noise():
    mask = torch.zeros(4, 5)
    mask[0, 0] = 1

    for state in sdedit(DENOISER, GUIDE, SIGMAS, NOISE, mask=mask, sampler="ode"):
        expected = GUIDE + state.sigma * NOISE(0)
        assert torch.equal(state.x[..., mask == 0], expected[..., mask == 0])


@samplers
def test_the_kept_region_is_the_original_guide_in_every_repeat(sampler):
    mask = torch.zeros(4, 5)
    mask[1:3, 2:4] = 1

    states = list(sdedit(DENOISER, GUIDE, SIGMAS, NOISE, mask=mask, repeats=2, sampler=sampler))

    changed = (states[-1].x != GUIDE).any(dim=1)[0]
    assert torch.equal(changed, mask == 1)
    for state in states:
        kept_noise = (state.x - GUIDE)[..., mask == 0]
        assert kept_noise.abs().max() <= 6.77 * state.sigma


@samplers
def test_the_canvas_noise_gives_the_samplers_own_law(sampler):
    """Real noise through the real edit: were one index used twice, the variance would be off."""
    size = 256
    noise = CanvasNoise(seed=9, x=-40, y=7, width=size, height=size)
    sigmas = t_uniform_sigmas(SCHEDULE, 0.5, 10)
    guide = torch.full((1, 3, size, size), 0.6)
    law = sampled_law(SAMPLERS[sampler], sigmas, torch.tensor([0.25], dtype=torch.float64))

    *_, last = sdedit(GaussianDenoiser(0.25, mean=-0.2), guide, sigmas, noise, sampler=sampler)

    x, n = last.x.double(), last.x.numel()
    mean, variance = -0.2 + 0.8 * law.mean.item(), law.variance.item()
    assert x.mean().item() == pytest.approx(mean, abs=5 * math.sqrt(variance / n))
    assert x.var().item() == pytest.approx(variance, rel=5 * math.sqrt(2 / n))


def test_the_default_sampler_gives_sdedits_exact_law_within_two_percent():
    sigma0 = SCHEDULE.sigma(0.5)
    variance = torch.tensor([0.25], dtype=torch.float64)
    exact = exact_law(variance, sigma0)

    law = sampled_law(SAMPLERS["sde-dpmpp-2m"], t_uniform_sigmas(SCHEDULE, 0.5, 20), variance)

    k = 0.25 / (0.25 + sigma0**2)
    assert exact.mean.item() == pytest.approx(k, rel=1e-14)
    assert exact.variance.item() == pytest.approx(sigma0**2 * k * (1 + k), rel=1e-12)
    assert law.variance.item() == pytest.approx(exact.variance.item(), rel=0.02)


def test_a_batch_shares_the_noise_of_its_canvas():
    pair = torch.cat([GUIDE, -GUIDE])
    *_, both = sdedit(DENOISER, pair, SIGMAS, NOISE)

    for guide, result in zip(pair, both.x, strict=True):
        *_, alone = sdedit(DENOISER, guide[None], SIGMAS, NOISE)
        assert torch.equal(alone.x[0], result)


@samplers
@pytest.mark.parametrize("how", ["whole", "mask", "release"])
def test_variants_of_one_guide_are_the_edits_of_their_seeds_to_the_bit(sampler, how):
    noises = [CanvasNoise(seed, x=0, y=0, width=5, height=4) for seed in (3, 4, 99)]
    keep = {"whole": {}, "mask": {"mask": PARTLY}, "release": {"release": 2 * PARTLY}}[how]
    request = {"sigmas": SIGMAS, "repeats": 2, "sampler": sampler, **keep}

    *_, together = sdedit(DENOISER, GUIDE, noise=noise_of_each(noises), **request)

    assert together.x.shape == (3, 3, 4, 5)
    for noise, result in zip(noises, together.x, strict=True):
        *_, alone = sdedit(DENOISER, GUIDE, noise=noise, **request)
        assert torch.equal(alone.x[0], result)
    if how != "whole":
        assert torch.equal(
            together.x[..., PARTLY == 0], GUIDE.expand(3, -1, -1, -1)[..., PARTLY == 0]
        )


def test_the_same_edit_twice_is_the_same_bits():
    first, second = (list(sdedit(DENOISER, GUIDE, SIGMAS, NOISE))[-1].x for _ in range(2))

    assert torch.equal(first, second)


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_result_that_is_not_finite_is_an_error_and_never_a_state(repeats, bad):
    def broken(x, _sigma):
        return torch.full_like(x, bad)

    states = []
    with pytest.raises(NonFiniteResultError, match="infinite or undefined values"):
        states.extend(sdedit(broken, GUIDE, SIGMAS, NOISE, repeats=repeats))
    edit = sdedit(broken, GUIDE, SIGMAS, NOISE, repeats=repeats)
    assert [next(edit).step for _ in range(4 * repeats - 1)] == list(range(1, 4 * repeats))
    with pytest.raises(FloatingPointError):
        next(edit)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"guide": GUIDE[0]}, r"guide is torch.float32 with shape \(3, 4, 5\), but must be"),
        ({"guide": GUIDE.int()}, "guide is torch.int32 with shape .*, but must be floating point"),
        ({"guide": GUIDE / 0}, "guide has infinite or undefined values, but must be finite"),
        ({"mask": torch.ones(5, 4)}, r"mask has shape \(5, 4\), but must be \(4, 5\)"),
        ({"mask": torch.full((4, 5), 2.0)}, "mask has values outside its range of 0 to 1"),
        ({"release": torch.ones(5, 4)}, r"release has shape \(5, 4\), but must be \(4, 5\)"),
        ({"release": -torch.ones(4, 5)}, "release has values that are no noise level"),
        ({"release": torch.full((4, 5), math.nan)}, "release has values that are no noise level"),
        ({"mask": PARTLY, "release": PARTLY}, "mask and release are both given, but"),
        ({"repeats": 0}, "repeats is 0, but must be 1 or more"),
        ({"sampler": "ddim"}, "sampler is 'ddim', but must be one of em, ancestral, sde"),
        ({"sigmas": torch.tensor([1.0, 0.5])}, "sigmas is .*, but must be"),
    ],
)
def test_a_request_that_cannot_work_is_refused_before_the_first_step(change, sentence):
    request = {"guide": GUIDE, "sigmas": SIGMAS, "noise": NOISE} | change

    with pytest.raises(ValueError, match=f"^{sentence}"):
        sdedit(DENOISER, **request)


@pytest.mark.parametrize(
    ("guide", "noise"),
    [
        (GUIDE[:, :, :1], NOISE),  # one row, that would be broadcast
        (torch.cat([GUIDE, GUIDE]), noise_of_each([NOISE] * 3)),
    ],
)
def test_noise_of_another_size_is_refused(guide, noise):
    edit = sdedit(DENOISER, guide, SIGMAS, noise)

    with pytest.raises(ValueError, match=r"^noise has shape \(., 3, 4, 5\), but must broadcast"):
        next(edit)
