"""How edits treat a device that is not the CPU, where there may be none: see `seeming_gpu`."""

from __future__ import annotations

import copy

import pytest
import torch

from backend.models.calibration import Place
from backend.models.catalogue import find_model
from backend.models.condition import Condition
from backend.models.edit import Edit
from backend.models.landscape import LandscapeModel
from backend.models.landscape_unet import LandscapeUNet
from backend.models.t0_proposals import propose_t0
from backend.sdedit.noise import CanvasNoise
from protocol.bounds import Bounds
from tests.backend.seeming_gpu import GPU, SeemingGpu

from .importing.checkpoints_made import drawn_network
from .test_landscape_model import painting
from .test_unet2d_model import SDES, make_model

HEIGHT, WIDTH, STEPS = 72, 96, 4
MASK = torch.zeros(HEIGHT, WIDTH)
MASK[20:60, 30:70] = 1
MAP = torch.linspace(0, 1, WIDTH).expand(HEIGHT, WIDTH)
ASKED = {
    "whole": {},
    "selection": {"mask": MASK},
    "map": {"t0_map": MAP},
    "strip": {"t0": [0.3, 0.5]},
    "strip, map": {"t0": [0.3, 0.5], "t0_map": MAP},
    "variants": {"variants": 2, "mask": MASK},
    "repeats": {"repeats": 2},
    **{name: {"sampler": name} for name in ("em", "ancestral", "sde-dpmpp-2m-corrected", "ode")},
}


def there(model):
    """The same model on the seeming GPU; within it."""
    copied = type(model)(model.info, copy.deepcopy(model.network), "cuda:0")
    copied.native_px, copied.tile_px = model.native_px, model.tile_px
    copied.tile_overlap_px = model.tile_overlap_px
    return copied


def compared(model, guide, edit):
    """An edit's result here, and there; how often it had waited there at each step."""
    *_, expected = model.edit(guide, edit)
    with SeemingGpu() as gpu:
        waits = []
        for last in there(model).edit(guide, edit):  # noqa: B007
            waits.append(len(gpu.waits))
        assert last.x0.device == GPU
        return expected.x0, last.x0.cpu(), waits


@pytest.fixture(scope="module")
def landscape_model():
    """A small one with the calibration of the real one, which needs two scales and tiles."""
    network = drawn_network(LandscapeUNet((8, 16), 1, 1))
    model = LandscapeModel(find_model("landscape"), network, "cpu")
    model.native_px, model.tile_px, model.tile_overlap_px = HEIGHT // 2, 64, 16
    return model


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_an_edit_there_is_the_same_and_waits_for_nothing_within_a_scale(asked, landscape_model):
    edit = Edit(**{"t0": 0.5, "steps": STEPS, "seed": 1, **asked})

    expected, result, waits = compared(landscape_model, painting(WIDTH, HEIGHT), edit)

    assert torch.allclose(result, expected, atol=1e-5)  # a batch rounds otherwise
    coarse = STEPS * edit.repeats
    for waited in (waits[:coarse], waits[coarse:]):
        # It looks at what a scale begins with, and at its end, whether all is finite.
        assert waited == [waited[0]] * (len(waited) - 1) + [waited[0] + 1]


@pytest.mark.parametrize("sde", SDES.values(), ids=SDES)
def test_every_sde_is_the_same_there(sde, tmp_path, monkeypatch):
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    model = make_model(tmp_path, sde=sde, classes=3, network={"num_class_embeds": 3})
    edit = Edit(t0=0.5, steps=STEPS, seed=1, condition=Condition(label="2"))

    expected, result, waits = compared(model, painting(24, 16), edit)

    assert torch.allclose(result, expected, atol=1e-5)
    assert waits == [waits[0]] * (STEPS - 1) + [waits[0] + 1]


def test_noise_there_is_made_for_several_steps_at_once_and_is_the_same():
    window = {"x": -7, "y": 5, "width": 33, "height": 21}
    here, on_gpu = CanvasNoise(5, **window), CanvasNoise(5, **window, device=GPU)
    with SeemingGpu() as gpu:
        made = [on_gpu(step) for step in range(40)]
        assert gpu.waits == []
        copied = [noise.cpu() for noise in made]

    assert all(torch.equal(noise, here(step)) for step, noise in enumerate(copied))


def test_a_t0_is_proposed_there(landscape_model):
    guide, place = painting(64, 64), Place(Bounds(0, 0, 64, 64), 64)
    *_, expected = propose_t0(landscape_model, guide, place)
    with SeemingGpu():
        *_, last = propose_t0(there(landscape_model), guide, place)

    assert last.proposal == expected.proposal


def test_the_seeming_gpu_is_as_strict_as_a_real_one():
    with SeemingGpu() as gpu:
        on_gpu, here = torch.ones(3, device=GPU), torch.ones(3)
        with pytest.raises(AssertionError, match="tensors of two devices"):
            on_gpu + here
        with pytest.raises(RuntimeError, match="numpy"):
            on_gpu.numpy()
        assert gpu.waits == []
        assert bool((on_gpu + here[0] == 2).all())
        assert on_gpu.cpu().sum() == 3
        assert len(gpu.waits) == 2
