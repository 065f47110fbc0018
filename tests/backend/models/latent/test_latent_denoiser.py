"""Our denoisers against diffusers' own schedulers, which convert predictions their own way."""

from __future__ import annotations

import math

import diffusers
import pytest
import torch

from backend.models.edit import Edit
from backend.models.latent.flow import FlowDenoiser, FlowSchedule
from backend.models.latent.schedules import schedule_of
from backend.sdedit.denoisers import TimestepDenoiser
from backend.sdedit.samplers import SAMPLERS
from tests.backend.sdedit.gaussian import GaussianDenoiser

NAMES = {"linear": "linear", "scaled_linear": "scaled_linear", "cosine": "squaredcos_cap_v2"}
PREDICTIONS = {"epsilon": "epsilon", "v": "v_prediction", "x0": "sample"}


def both(betas: str, prediction: str = "epsilon", zero_snr: bool = False):
    """Our schedule and diffusers' DDIM scheduler, of Stable Diffusion's β."""
    sde = {"kind": "ddpm", "betas": betas, "beta_start": 0.00085, "beta_end": 0.012}
    theirs = diffusers.DDIMScheduler(
        beta_schedule=NAMES[betas],
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type=PREDICTIONS[prediction],
        rescale_betas_zero_snr=zero_snr,
        clip_sample=False,
    )
    return schedule_of({**sde, "timesteps": 1000, "zero_snr": zero_snr}), theirs


@pytest.mark.parametrize("betas", NAMES)
@pytest.mark.parametrize("timestep", [0, 19, 499, 901])
def test_alpha_and_sigma_are_those_of_diffusers(betas, timestep):
    ours, theirs = both(betas)
    squared = theirs.alphas_cumprod[timestep].item()

    assert 1 / (1 + ours.sigma_at(timestep) ** 2) == pytest.approx(squared, rel=1e-4)
    assert ours.sigma(timestep / 999) == pytest.approx(ours.sigma_at(timestep), rel=1e-12)
    assert ours.alpha(timestep / 999) == pytest.approx(math.sqrt(squared), rel=1e-4)


@pytest.mark.parametrize("timestep", [0, 499, 990])
def test_a_terminal_snr_of_zero_is_that_of_diffusers(timestep):
    ours, theirs = both("scaled_linear", "v", zero_snr=True)
    squared = theirs.alphas_cumprod[timestep].item()

    assert 1 / (1 + ours.sigma_at(timestep) ** 2) == pytest.approx(squared, rel=1e-3)
    assert ours.sigma_max == pytest.approx(4096, rel=1e-6)


@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("timestep", [1, 300, 980])
def test_the_clean_picture_is_the_one_that_diffusers_concludes(prediction, timestep):
    schedule, theirs = both("scaled_linear", prediction)
    theirs.set_timesteps(1000)
    generator = torch.Generator().manual_seed(timestep)
    x, output = torch.randn((2, 1, 4, 8, 8), generator=generator)
    told = []

    def network(scaled, level):
        told.append((scaled, level))
        return output

    denoiser = TimestepDenoiser(network, schedule, prediction)
    sigma = schedule.sigma_at(timestep)
    x0 = denoiser(x / schedule.alpha(timestep / 999), torch.tensor(sigma))

    expected = theirs.step(output, timestep, x).pred_original_sample
    assert torch.allclose(x0, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))
    assert torch.allclose(told[0][0], x, atol=1e-5)
    assert told[0][1].item() == pytest.approx(timestep, abs=0.02)


@pytest.mark.parametrize("shift", [1.0, 3.0])
@pytest.mark.parametrize("index", [0, 500, 998])
def test_a_flows_clean_picture_is_the_one_that_diffusers_concludes(shift, index):
    theirs = diffusers.FlowMatchEulerDiscreteScheduler(shift=shift)
    s, timestep = theirs.sigmas[index].double().item(), theirs.timesteps[index].item()
    if s == 1:
        s, timestep = 0.9995, 999.5  # at 1 no picture is left, in either
    generator = torch.Generator().manual_seed(index)
    x, velocity = torch.randn((2, 1, 4, 8, 8), generator=generator)
    told = []

    def network(scaled, level):
        told.append((scaled, level))
        return velocity

    x0 = FlowDenoiser(network)(x / (1 - s), torch.tensor(s / (1 - s)))

    # Their Euler step from s to 0: x + (0 - s) v.
    assert torch.allclose(x0, x - s * velocity, atol=1e-3)
    assert torch.allclose(told[0][0], x, atol=1e-3)
    assert told[0][1].item() == pytest.approx(timestep, rel=1e-5)


@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_the_flows_schedule_shifts_as_diffusers_does(shift):
    theirs = diffusers.FlowMatchEulerDiscreteScheduler(shift=shift)
    ours = FlowSchedule(shift)

    for u in (0.001, 0.3, 0.7, 0.999):
        s = theirs.sigmas[1000 - round(u * 1000)].item()
        t = (u - 0.001) / 0.998
        assert ours.sigma(t) == pytest.approx(s / (1 - s), rel=1e-3)
        assert ours.t(ours.sigma(t)) == pytest.approx(t, abs=1e-12)
    assert ours.sigma_min == ours.sigma(0)
    assert ours.sigma_max == ours.sigma(1) < 1e4


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("variance", [0.04, 1.0])
def test_on_gaussian_data_a_flow_is_the_closed_form_denoiser_for_every_sampler(sampler, variance):
    """x0 ~ N(0, variance) and z ~ N(0, 1) have a linear velocity field, known exactly."""

    def velocity(x_s, level):
        s = (level / 1000).reshape(-1, 1, 1, 1)
        total = (1 - s) ** 2 * variance + s**2
        return (s - (1 - s) * variance) / total * x_s  # E[z - x0 | x_s]

    sigmas = torch.tensor([3.0, 1.0, 0.2, 0.0], dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    x, *noises = torch.randn((6, 1, 4, 8, 8), generator=generator, dtype=torch.float64)

    def last(denoiser):
        *_, state = SAMPLERS[sampler](denoiser, 3 * x, sigmas, lambda step: noises[step], None)
        return state.x

    flow, exact = last(FlowDenoiser(velocity)), last(GaussianDenoiser(variance))

    assert torch.allclose(flow, exact, atol=1e-9)


def test_a_few_step_network_is_told_whole_timesteps(model_of):
    model = model_of("turbo")
    told = []
    handle = model.network.register_forward_pre_hook(lambda _module, inputs: told.append(inputs[1]))

    list(model.edit(torch.zeros(1, 3, 32, 32), Edit(t0=0.777, steps=4, seed=0)))

    handle.remove()
    timesteps = [float(timestep.flatten()[0]) for timestep in told]
    assert timesteps == [round(999 * 0.777 * (1 - i / 4)) for i in range(4)]


def test_other_networks_are_told_timesteps_that_are_not_rounded(model_of):
    model = model_of("sd")
    told = []
    handle = model.network.register_forward_pre_hook(
        lambda _module, inputs: told.append(float(inputs[1].flatten()[0]))
    )

    list(model.edit(torch.zeros(1, 3, 32, 32), Edit(t0=0.7777, steps=2, seed=0)))

    handle.remove()
    assert told[0] == pytest.approx(999 * 0.7777, abs=0.05)
    assert told[0] != round(told[0])
