"""Several t0 at once with the shipped model: on a CPU each to the bit what it is alone."""

from __future__ import annotations

import pytest
import torch

from backend.models.edit import Edit
from backend.models.landscape import LandscapeModel
from backend.models.loading import load_model
from protocol.bounds import Bounds

T0S = (0.25, 0.45, 0.65)


@pytest.fixture(scope="module")
def model() -> LandscapeModel:
    return load_model("landscape", "cpu")


def guide_of(height: int, width: int) -> torch.Tensor:
    """Sky over hills in broad strokes."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    hills = y > height / 2 + 5 * torch.sin(x / 9)
    sky, grass = torch.tensor([0.1, 0.3, 0.7]), torch.tensor([-0.4, 0.0, -0.6])
    return torch.where(hills, grass[:, None, None], sky[:, None, None])[None]


def result(model, guide, **options) -> torch.Tensor:
    asked = Edit(steps=4, seed=5, window=Bounds(12, 7, 56, 48), **options)
    *_, last = model.edit(guide, asked)
    return last.x0


@pytest.mark.parametrize("how", ["whole", "mask and t0 map at two scales"])
def test_a_picture_of_a_strip_is_the_edit_at_its_t0(model, how, monkeypatch):
    guide, options = guide_of(48, 56), {}
    if how != "whole":
        monkeypatch.setattr(model, "native_px", 24)
        ramp = torch.linspace(0, 1, 48 * 56).reshape(48, 56)
        options = {"mask": (ramp > 0.3).float(), "t0_map": ramp}
    batches = []
    hook = model.network.register_forward_hook(lambda _, told, __: batches.append(len(told[0])))
    try:
        strip = result(model, guide, t0=T0S, **options)
    finally:
        hook.remove()

    assert batches == [1] * 3 * (4 if how == "whole" else 6)
    for picture, t0 in zip(strip, T0S, strict=True):
        assert torch.equal(picture, result(model, guide, t0=t0, **options)[0])
        if options:
            assert torch.equal(picture[..., options["mask"] == 0], guide[0, ..., ramp <= 0.3])
    assert (strip[0] - strip[2]).abs().mean() > 0.02


def test_a_strip_of_one_is_the_edit(model):
    strip, alone = (result(model, guide_of(48, 56), t0=t0) for t0 in ([0.5], 0.5))
    assert torch.equal(strip, alone)


def test_a_strip_of_several_seeds_is_refused(model):
    with pytest.raises(ValueError, match="variants is 2, but must be 1 with several t0"):
        model.edit(guide_of(48, 56), Edit(t0=T0S, steps=2, seed=0, variants=2))
