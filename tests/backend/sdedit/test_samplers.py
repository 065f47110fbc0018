"""What every sampler keeps to: its states, its calls of the network, the noise and constrain."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.sdedit.masks import keep_guide
from backend.sdedit.noise import CanvasNoise
from backend.sdedit.samplers import ODE_SAMPLERS, SAMPLERS, SDE_SAMPLERS
from backend.sdedit.schedules import VESchedule, t_uniform_sigmas

from .gaussian import GaussianDenoiser

SCHEDULE = VESchedule(0.01, 20)
DENOISER = GaussianDenoiser(0.25)
NOISE = CanvasNoise(seed=3, x=0, y=0, width=5, height=4)

samplers = pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS.keys())
sde_samplers = pytest.mark.parametrize("sampler", SDE_SAMPLERS.values(), ids=SDE_SAMPLERS.keys())


class RecordingDenoiser:
    def __init__(self) -> None:
        self.sigmas: list[torch.Tensor] = []

    def __call__(self, x, sigma):
        self.sigmas.append(sigma)
        return DENOISER(x, sigma)


@samplers
@given(t0=st.floats(0, 1, exclude_min=True), steps=st.integers(1, 12))
def test_every_t0_costs_the_same_evaluations_at_exactly_the_schedules_levels(sampler, t0, steps):
    denoiser, sigmas = RecordingDenoiser(), t_uniform_sigmas(SCHEDULE, t0, steps)
    x = torch.ones(1, 3, 4, 5, dtype=torch.float64)

    states = list(sampler(denoiser, x, sigmas, NOISE))

    assert torch.stack(denoiser.sigmas).tolist() == sigmas[:-1].tolist()
    assert [state.step for state in states] == list(range(1, steps + 1))
    assert {state.of for state in states} == {steps}
    assert [state.sigma for state in states] == sigmas[1:].tolist()
    assert all(bool(state.x.isfinite().all()) for state in states)


@samplers
def test_the_last_step_returns_the_denoised_mean(sampler):
    *_, before, last = sampler(
        DENOISER, torch.ones(1, 3, 4, 5), t_uniform_sigmas(SCHEDULE, 0.5, 8), NOISE
    )

    assert torch.equal(last.x, last.x0)
    assert torch.equal(last.x, DENOISER(before.x, torch.tensor(0.01)))


@samplers
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_sampler_works_in_the_precision_of_x(sampler, dtype):
    x = torch.ones(1, 3, 4, 5, dtype=dtype)

    for state in sampler(
        DENOISER, x, t_uniform_sigmas(SCHEDULE, 0.5, 4), lambda step: NOISE(step).to(dtype)
    ):
        assert state.x.dtype == state.x0.dtype == dtype
    assert bool((x == 1).all())  # the caller's x is left alone


@sde_samplers
def test_noise_is_asked_once_for_each_step_but_the_last(sampler):
    asked = []

    def noise(step):
        asked.append(step)
        return NOISE(step)

    list(sampler(DENOISER, torch.ones(1, 3, 4, 5), t_uniform_sigmas(SCHEDULE, 0.5, 6), noise))

    assert asked == [1, 2, 3, 4, 5]


@samplers
def test_constrain_sees_each_new_level_and_what_it_returns_goes_on(sampler):
    sigmas = t_uniform_sigmas(SCHEDULE, 0.5, 4)
    seen = []

    def constrain(x, sigma, step):
        seen.append((sigma, step))
        return torch.full_like(x, step)

    states = list(sampler(DENOISER, torch.ones(1, 3, 4, 5), sigmas, NOISE, constrain))

    once = dict.fromkeys(seen)  # a corrected step is constrained again
    assert list(once) == list(zip(sigmas[1:].tolist(), range(1, 5), strict=True))
    assert [state.x.unique().item() for state in states] == [1, 2, 3, 4]
    for earlier, later in zip(states, states[1:], strict=False):  # the network saw it
        assert torch.equal(later.x0, DENOISER(earlier.x, torch.tensor(earlier.sigma)))


@pytest.mark.parametrize("sampler", ODE_SAMPLERS.values(), ids=ODE_SAMPLERS.keys())
def test_a_sampler_of_the_ode_asks_for_no_noise(sampler):
    def noise(step):
        raise AssertionError(f"noise({step}) was drawn")

    list(sampler(DENOISER, torch.ones(1, 3, 4, 5), t_uniform_sigmas(SCHEDULE, 0.5, 6), noise))


@sde_samplers
def test_the_noise_of_a_step_is_what_the_posterior_lacks(sampler):
    """With D held at 0 one step leaves x' = shrink x + spread z; both are known exactly."""
    sigmas = torch.tensor([0.8, 0.5, 0.0], dtype=torch.float64)
    z = torch.tensor([0.0, 1.0], dtype=torch.float64).reshape(2, 1, 1, 1)
    x = 1 - z

    first = next(sampler(lambda x, sigma: 0 * x * sigma, x, sigmas, lambda _: z))

    shrink, spread = first.x.flatten().tolist()
    assert shrink == pytest.approx(0.5**2 / 0.8**2, rel=1e-14)
    exact = 0.5 * math.sqrt(1 - shrink)  # the variance of q(x' | x, x0 = 0)
    euler = math.sqrt(0.8**2 - 0.5**2)
    assert spread == pytest.approx(euler if sampler is SAMPLERS["em"] else exact, rel=1e-14)


@samplers
def test_closing_a_sampler_stops_the_network(sampler):
    denoiser = RecordingDenoiser()
    run = sampler(denoiser, torch.ones(1, 3, 4, 5), t_uniform_sigmas(SCHEDULE, 0.5, 9), NOISE)
    for state in run:
        if state.step == 3:
            run.close()

    assert len(denoiser.sigmas) == 3


@samplers
def test_no_gradient_is_recorded(sampler):
    weight = torch.ones((), requires_grad=True)

    for state in sampler(
        lambda x, sigma: weight * DENOISER(x, sigma),
        torch.ones(1, 3, 4, 5),
        t_uniform_sigmas(SCHEDULE, 0.5, 3),
        NOISE,
    ):
        assert not state.x.requires_grad
        assert torch.is_grad_enabled()  # between the steps the caller's mode is its own


@samplers
def test_the_loop_reads_nothing_back_from_the_device(sampler):
    """A meta tensor holds no data: any look at a value, which would wait for a GPU, raises."""
    x = torch.empty(1, 3, 4, 5, device="meta")
    with pytest.raises(RuntimeError):
        x.sum().item()
    constrain = keep_guide(x, torch.ones(4, 5), lambda _: x)

    states = sampler(DENOISER, x, t_uniform_sigmas(SCHEDULE, 0.5, 5), lambda _: x, constrain)

    assert [state.x.device.type for state in states] == ["meta"] * 5


@samplers
def test_a_schedule_that_rises_is_refused(sampler):
    with pytest.raises(ValueError, match=r"^sigmas is .*, but must be finite, never rise"):
        next(sampler(DENOISER, torch.ones(1, 3, 4, 5), torch.tensor([1.0, 2.0, 0.0]), NOISE))
