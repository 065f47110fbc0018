from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest
import torch

from backend.models.catalogue import find_model, list_models
from backend.models.edit import Edit
from backend.models.landscape import LandscapeModel, save_model
from backend.models.landscape_unet import LandscapeUNet
from backend.models.loading import load_model
from backend.models.pixel_model import View
from backend.paths import ROOT
from backend.sdedit.noise import EVEN
from backend.sdedit.tiles import tile_spans
from protocol.bounds import Bounds

SAMPLE = ROOT / "backend" / "samples" / "painting.png"


@pytest.fixture(scope="module")
def model() -> LandscapeModel:
    return load_model("landscape", "cpu")


def painting(width: int, height: int) -> torch.Tensor:
    """The sample painting at a size, (1, 3, H, W) in [-1, 1]."""
    with PIL.Image.open(SAMPLE) as file:
        picture = file.convert("RGB").resize((width, height), PIL.Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None] / 127.5 - 1


def noised(x0: torch.Tensor, sigma: float) -> torch.Tensor:
    return x0 + sigma * torch.randn(x0.shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 2), (13, 21), (64, 1)])
def test_any_size_from_one_pixel_up_is_denoised_and_edited(model, size):
    guide = painting(80, 80)[..., : size[0], : size[1]]

    x0 = model.denoiser(View(0.2, 0.9, 100))(noised(guide, 0.3), torch.tensor(0.3))
    *_, last = model.edit(guide, Edit(t0=0.4, steps=2, seed=1))

    assert x0.shape == last.x0.shape == guide.shape
    assert x0.isfinite().all()


def test_padding_to_what_the_network_needs_does_not_shift_the_picture(model):
    guide = painting(83, 61)

    x0 = model.denoiser(View(0, 1, 61))(noised(guide, 0.1), torch.tensor(0.1))

    errors = {
        (dy, dx): (x0.roll((dy, dx), (2, 3)) - guide)[..., 2:-2, 2:-2].square().mean().item()
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
    }
    assert min(errors, key=errors.__getitem__) == (0, 0)
    assert errors[0, 0] < 0.1**2


def test_what_lies_beyond_the_window_does_not_change_its_middle(model):
    """A window cut at the network's grid is denoised as it was in the whole."""
    x = noised(painting(320, 64), 0.5)
    sigma = torch.tensor(0.5)

    whole = model.denoiser(View(0, 1, 64))(x, sigma)
    window = model.denoiser(View(0, 1, 64))(x[..., 32:], sigma)

    assert (whole[..., 160:] - window[..., 128:]).abs().max() * 127.5 < 1e-2


@pytest.mark.parametrize("sigma", [0.1, 2.0])
@pytest.mark.parametrize("axis", [2, 3], ids=["tall", "wide"])
def test_tiles_leave_no_seam(model, sigma, axis, monkeypatch):
    x = noised(painting(448, 136) if axis == 3 else painting(136, 448), sigma)
    denoise = model.denoiser(View(0, 1, 136))
    whole = denoise(x, torch.tensor(sigma))

    monkeypatch.setattr(model, "tile_px", 256)
    tiled = denoise(x, torch.tensor(sigma))

    # At sigma 2 the most is 0.13/255; 4/255 with a quarter of the overlap.
    assert 0 < (tiled - whole).abs().max() * 127.5 < 0.1
    borders = [
        place
        for span in tile_spans(448, 256, model.tile_overlap_px, 8)
        for place in (span.start - 1, span.stop - 1)
        if 0 <= place < 447
    ]
    assert len(borders) == 4
    others = (0, 1, 5 - axis)
    gradient, expected = (y.diff(dim=axis).abs().mean(dim=others)[borders] for y in (tiled, whole))
    assert (gradient / expected).tolist() == pytest.approx([1] * 4, abs=1e-3)


def test_the_model_knows_where_in_the_picture_a_window_lies(model):
    """The same grey is sky at the top and ground at the foot."""
    grey = torch.zeros(1, 3, 64, 64)

    def result(y: int) -> torch.Tensor:
        window = Bounds(0, y, 64, 64)
        asked = Edit(t0=0.6, steps=4, seed=3, window=window, canvas_height=256)
        *_, last = model.edit(grey, asked)
        return last.x0

    top, bottom = result(0), result(192)

    assert (top - bottom).abs().mean() > 0.05


def test_the_denoiser_of_each_scale_is_told_the_window_and_the_pictures_height(model, monkeypatch):
    told = []
    monkeypatch.setattr(model, "native_px", 128)

    def denoiser(view: View, _condition):
        told.append((view.top, view.bottom, view.picture_height))
        return lambda x, _sigma: x

    monkeypatch.setattr(model, "denoiser", denoiser)
    guide = torch.zeros(1, 3, 256, 300)

    whole = Edit(t0=0.5, steps=2, seed=0)
    list(model.edit(guide, replace(whole, window=Bounds(9, 64, 300, 256), canvas_height=640)))
    list(model.edit(guide, whole))

    assert told == [(0.1, 0.5, 320), (0.1, 0.5, 640), (0, 1, 128), (0, 1, 256)]


def test_a_window_beyond_the_canvas_counts_as_its_edge(model):
    x = noised(painting(40, 40), 0.5)
    sigma = torch.tensor(0.5)

    beyond = model.denoiser(View(-3, -2, 100))(x, sigma)

    assert torch.equal(beyond, model.denoiser(View(0, 0, 100))(x, sigma))


def test_a_batch_is_denoised_as_each_of_its_pictures(model):
    x = noised(torch.cat([painting(48, 40), painting(48, 40).flip(3)]), 0.4)
    denoise = model.denoiser(View(0, 1, 40))

    both = denoise(x, torch.tensor(0.4))

    for one, result in zip(x, both, strict=True):
        assert torch.equal(denoise(one[None], torch.tensor(0.4))[0], result)


def test_at_the_lowest_t0_the_sample_painting_comes_back_through_two_scales(model):
    guide = painting(320, 192)

    *_, last = model.edit(guide, Edit(t0=1e-6, steps=4, seed=0))

    assert (last.x0 - guide).square().mean().sqrt() * 127.5 < 3


def test_a_larger_t0_goes_farther_from_the_guide(model):
    guide = painting(120, 96)
    distances = []
    for t0 in (0.1, 0.3, 0.5, 0.7):
        *_, last = model.edit(guide, Edit(t0=t0, steps=6, seed=0))
        distances.append((last.x0 - guide).square().mean().sqrt().item())

    assert distances == sorted(distances)


def test_the_models_noise_weights_keep_a_pale_sky_freer_of_coloured_specks(model):
    sky = torch.tensor([0.55, 0.6, 0.65]).reshape(1, 3, 1, 1).expand(1, 3, 64, 96)
    specks = []
    for weights in (model.noise_weights, EVEN):
        as_asked = copy.copy(model)
        as_asked.noise_weights = weights
        *_, last = as_asked.edit(sky, Edit(t0=0.45, steps=10, seed=0))
        colour = last.x0 - last.x0.mean(dim=1, keepdim=True)
        specks.append(colour.std(dim=(2, 3)).mean().item())

    assert specks[0] < 0.8 * specks[1]


def test_a_saved_model_is_listed_and_makes_the_same_picture(tmp_path, monkeypatch):
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    torch.manual_seed(0)
    network = LandscapeUNet((8, 12), blocks=1, middle=1)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    network.half().float()  # what the file keeps of the weights
    config = {**find_model("landscape").config, "name": "small", "title": "Small"}
    guide = painting(30, 20)

    save_model(tmp_path / "models" / "small", network, config, "# Small\n")
    loaded = load_model("small", "cpu")

    assert [info.name for info in list_models()] == ["landscape", "small"]
    assert (tmp_path / "models" / "small" / "CARD.md").read_text() == "# Small\n"
    asked = Edit(t0=0.5, steps=3, seed=0)
    *_, expected = LandscapeModel(loaded.info, network, "cpu").edit(guide, asked)
    *_, result = loaded.edit(guide, asked)
    assert torch.allclose(result.x0, expected.x0, atol=1e-4)
    assert (result.x0 - guide).abs().mean() > 0.01


def test_a_model_that_is_replaced_only_in_part_is_not_listed(tmp_path, monkeypatch):
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    folder = tmp_path / "models" / "small"
    config = {**find_model("landscape").config, "name": "small", "title": "Small"}
    save_model(folder, LandscapeUNet((4,), 0, 0), config, "# Small\n")
    assert len(list_models()) == 2
    (folder / "CARD.md").unlink()
    (folder / "CARD.md").mkdir()  # so that the card cannot be written, the weights before it can

    with pytest.raises(OSError):  # noqa: PT011 (which one depends on the system)
        save_model(folder, LandscapeUNet((6,), 0, 0), config, "# Small\n")

    assert [info.name for info in list_models()] == ["landscape"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_makes_the_same_picture_but_for_its_rounding(model):
    guide, mask = painting(320, 192), torch.zeros(192, 320)
    mask[40:150, 60:200] = 1
    on_gpu = load_model("landscape", "cuda:0")

    results = []
    for either in (model, on_gpu):
        *_, last = either.edit(guide, Edit(t0=0.5, steps=6, seed=1, mask=mask))
        results.append(last.x0.cpu())

    assert torch.equal(results[0][..., mask == 0], results[1][..., mask == 0])
    assert (results[0] - results[1]).abs().mean() * 127.5 < 1


def test_padding_leaves_no_streaks_at_the_pictures_edge(model):
    """Noise that repeats itself there once became streaks, three times as strong as the detail."""
    strengths = []
    for seed in range(4):
        *_, last = model.edit(painting(105, 64), Edit(t0=0.65, steps=16, seed=seed))
        detail = last.x0.diff(dim=2).abs().mean(dim=(0, 1, 2))
        strengths.append(detail[-4:].mean() / detail[16:-16].mean())

    assert torch.stack(strengths).mean() < 1.3
