"""The ratios are of the right things: counted in network calls, which no other work can disturb."""

from __future__ import annotations

import pytest
import torch

from backend.evaluation.speed import measurement
from backend.evaluation.speed.loops import answering_at_once, calls_of
from backend.evaluation.speed.measurement import HAS_DIFFUSERS, measure
from backend.evaluation.speed.timing import Contender
from backend.models.edit import Edit
from backend.sdedit import samplers
from protocol.errors import InvalidValue
from tests.backend.evaluation.speed.small_models import small_ddpm, small_landscape

# diffusers with NumPy 2; nothing of ours.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(params=["landscape", "ddpm"])
def model(request: pytest.FixtureRequest):
    if request.param == "landscape":
        return small_landscape()
    pytest.importorskip("diffusers")
    return small_ddpm()


@pytest.fixture
def calls_as_seconds(model):
    """A clock that stands still but for the network's calls."""
    calls = []
    model.network.register_forward_pre_hook(lambda *_: calls.append(None))
    return lambda: float(len(calls))


def test_every_loop_calls_the_network_once_for_each_evaluation(model, calls_as_seconds):
    found = measure(
        model, 32, 20, 2, measured=3, with_diffusers=HAS_DIFFUSERS, clock=calls_as_seconds
    )

    for times in (found.bare, found.ours, found.released, *found.diffusers):
        assert times.seconds == (1.0, 1.0)
        assert times.against(found.bare) == (1.0, 1.0, 1.0)
        assert found.calls[times.contender.name] == 3
    assert found.ours.for_a_picture == 20
    assert found.released.for_a_picture == 1200


def test_a_loop_that_calls_the_network_twice_takes_twice_as_long(
    model, calls_as_seconds, monkeypatch
):
    once = samplers.SAMPLERS["sde-dpmpp-2m"]

    def twice(denoiser, *rest):
        def denoiser_twice(x, sigma):
            denoiser(x, sigma)
            return denoiser(x, sigma)

        return once(denoiser_twice, *rest)

    monkeypatch.setitem(samplers.SAMPLERS, "sde-dpmpp-2m", twice)

    found = measure(
        model, 32, 20, 2, measured=3, with_diffusers=HAS_DIFFUSERS, clock=calls_as_seconds
    )

    assert found.ours.against(found.bare) == (2.0, 2.0, 2.0)
    assert found.released.against(found.ours) == (0.5, 0.5, 0.5)
    assert found.calls[found.ours.contender.name] == 6


def test_the_bare_network_gets_what_the_edit_gave_it(model):
    seen = []
    handle = model.network.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs))
    measure(model, 32, 2, 1, measured=2, with_diffusers=False)
    handle.remove()

    # One edit to see its input; then every loop twice, of which the bare network's are these.
    edit, counted = seen[1], seen[2:4]
    for inputs in counted:
        for ours, theirs in zip(inputs, edit, strict=True):
            assert ours is theirs  # the tensors themselves, so in the same layout too


def test_the_loop_alone_does_all_of_the_loop_and_none_of_the_network(model, monkeypatch):
    computed = []
    module = next(model.network.children())
    module.register_forward_hook(lambda *_: computed.append(None))
    noises = []
    real = samplers.SAMPLERS["sde-dpmpp-2m"]

    def noted(denoiser, x, sigmas, noise, constrain):
        return real(denoiser, x, sigmas, lambda k: noises.append(k) or noise(k), constrain)

    asked = Edit(t0=0.4, steps=3, seed=1)
    call = calls_of(model.network, lambda: list(model.edit(_guide(), asked)))[-1]
    monkeypatch.setitem(samplers.SAMPLERS, "sde-dpmpp-2m", noted)
    computed.clear()
    with answering_at_once(model.network, call.answer):
        *_, last = model.edit(_guide(), asked)
    assert computed == []
    assert noises == [1, 2]
    assert last.x0.isfinite().all()

    list(model.edit(_guide(), Edit(t0=0.4, steps=1, seed=1)))
    assert computed != []


def test_without_diffusers_the_other_loops_are_still_measured():
    found = measure(small_landscape(), 32, 2, 1, measured=2, with_diffusers=False)

    assert found.diffusers == ()
    assert found.ours.median > 0


def test_contenders_take_turns_and_one_is_told_of_each():
    told: list[tuple[int, str]] = []

    def note(turn: int, contender: Contender) -> None:
        told.append((turn, contender.name))

    found = measure(small_landscape(), 32, 2, 3, measured=2, with_diffusers=False, on_turn=note)

    names = [times.contender.name for times in (found.bare, found.ours, found.released)]
    assert told[:3] == [(turn, names[1]) for turn in (1, 2, 3)]
    assert told[3:] == [(turn, name) for turn in (1, 2, 3) for name in names]
    assert len(found.ours.seconds) == 3


def test_a_compiled_network_is_compiled_before_anything_counts(monkeypatch):
    compiled_after = []
    turns = []
    monkeypatch.setattr(
        measurement, "compile_for", lambda _network, _device: compiled_after.append(len(turns))
    )

    found = measure(
        small_landscape(),
        32,
        2,
        1,
        measured=2,
        compile_network=True,
        with_diffusers=False,
        on_turn=lambda _turn, contender: turns.append(contender),
    )

    assert compiled_after == [1]  # after the loop alone, before all that is compared
    assert len(turns) == 4
    assert found.compiled_s > 0


@pytest.mark.parametrize("size", [31, 64, 1024])
def test_a_size_at_which_the_loops_would_do_different_work_is_refused(model, size):
    with pytest.raises(InvalidValue, match=f"size is {size}; .* Choose its native size, 32"):
        measure(model, size, 2, 1, measured=2, with_diffusers=False)


def _guide() -> torch.Tensor:
    return torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_the_ddpm_for_256_px_is_the_one_of_sdedit():
    pytest.importorskip("diffusers")
    from diffusers.models.unets.unet_2d import UNet2DModel

    from backend.evaluation.speed.ddpm_256 import CONFIG
    from backend.models.unet2d_description import problem

    with torch.device("meta"):
        network = UNet2DModel(**CONFIG["network"])

    assert sum(parameter.numel() for parameter in network.parameters()) == 113_673_219
    assert problem(CONFIG) == ""
