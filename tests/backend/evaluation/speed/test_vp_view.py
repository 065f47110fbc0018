"""Other programs' loops get the very same model, seen as a VP network of 1000 timesteps."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.evaluation.speed.vp_view import chain_of, vp_view
from backend.models.pixel_model import View
from backend.sdedit.schedules import VESchedule
from tests.backend.evaluation.speed.small_models import NETWORK, small_ddpm, small_landscape

X = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
TIMESTEPS = [0, 1, 450, 999]


@pytest.mark.parametrize("kind", ["landscape", "epsilon", "v", "classes"])
@pytest.mark.parametrize("timestep", TIMESTEPS)
def test_it_predicts_what_the_model_does_at_the_level_of_the_timestep(kind, timestep):
    model = a_model(kind)
    view = vp_view(model, model.network, 32)
    sigma = view.schedule.sigma_at(timestep)
    alpha = 1 / math.sqrt(1 + sigma**2)
    told = torch.full((2,), timestep)

    output = view.predict(X, told)
    epsilon = view.epsilon(X, told.float())  # as the released program tells it

    assert view.predicts_epsilon == (kind == "epsilon")
    if view.predicts_epsilon:
        assert torch.equal(output, epsilon)
    expected = model.denoiser(View(0, 1, 32), condition_of(kind))(X / alpha, torch.tensor(sigma))
    tolerance = 1e-4 * max(1.0, sigma)
    x0 = X / alpha - sigma * epsilon
    assert (x0 - expected).abs().max() < tolerance
    if not view.predicts_epsilon:
        assert (output - expected).abs().max() < tolerance


def test_a_ve_schedule_becomes_a_chain_with_its_levels():
    schedule = VESchedule(0.02, 20)
    chain = chain_of(schedule)

    assert chain.timesteps == 1000
    for timestep in TIMESTEPS:
        assert chain.sigma_at(timestep) == pytest.approx(schedule.sigma(timestep / 999), rel=1e-9)


def test_a_ddpm_s_own_chain_stays_as_it_is():
    pytest.importorskip("diffusers")
    model = small_ddpm()

    assert chain_of(model.schedule) is model.schedule


@given(st.floats(0.05, 1), st.integers(1, 60))
def test_diffusers_truncation_leaves_as_many_evaluations_as_asked(strength, evaluations):
    pytest.importorskip("diffusers")
    from backend.evaluation.speed.diffusers_loop import inference_steps

    steps = inference_steps(strength, evaluations)

    assert min(int(steps * strength), steps) == evaluations


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("which", [0, 1], ids=["DPM-Solver++", "DDIM"])
def test_the_diffusers_loop_starts_at_t0_and_ends_at_what_the_network_sees(which):
    """A network that knows the picture: all that is left of it is the picture."""
    pytest.importorskip("diffusers")
    from backend.evaluation.speed import diffusers_loop
    from backend.evaluation.speed.vp_view import VPView

    told = []
    picture = X.clamp(-1, 1)

    def knows(_x, timestep):
        told.append(timestep.tolist())
        return picture

    view = VPView(chain_of(VESchedule(0.02, 20)), False, knows, knows)
    results = []
    real = diffusers_loop.img2img
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            diffusers_loop,
            "img2img",
            lambda *args, **options: results.append(real(*args, **options)),
        )
        diffusers_loop.diffusers_loops(view, torch.zeros_like(X), 20, 12)[which].run()

    assert len(told) == 12
    assert all(first == second for first, second in told)
    steps = [first for first, _ in told]
    assert steps == sorted(steps, reverse=True)
    # As near as its own timesteps, 1000 / 27 apart and not from the last one on, let it.
    assert steps[0] == pytest.approx(450, abs=45)
    assert (results[0] - picture).abs().max() < 0.2  # DDIM stops at its least level


def a_model(kind: str):
    if kind == "landscape":
        return small_landscape()
    pytest.importorskip("diffusers")
    if kind == "classes":
        return small_ddpm(classes=3, network=NETWORK | {"num_class_embeds": 3})
    return small_ddpm(prediction=kind)


def condition_of(kind: str):
    from backend.models.condition import NOTHING, Condition

    return Condition(label="0") if kind == "classes" else NOTHING
