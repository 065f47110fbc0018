from __future__ import annotations

import pytest
import torch

from backend.models.latent import codec as codec_module
from backend.models.latent.cells import Cells
from backend.models.latent.codec import Codec

from .tiny_pipelines import tiny_vae

CPU = torch.device("cpu")


def picture_of(width: int, height: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.rand((2, 3, height, width), generator=generator) * 2 - 1


@pytest.mark.parametrize(
    "options",
    [
        {"scaling_factor": 0.18215},
        {"scaling_factor": 1.5, "shift_factor": 0.06},
        {
            "scaling_factor": 0.5,
            "latents_mean": [0.1, -0.2, 0.3, 0.0],
            "latents_std": [1.0, 2.0, 3.0, 0.5],
        },
    ],
)
@torch.no_grad()
def test_latents_are_scaled_as_the_vaes_configuration_says(options):
    torch.manual_seed(0)
    vae = tiny_vae(**options).eval()
    mean = vae.encode(picture_of(16, 16)).latent_dist.mean
    codec = Codec(vae, CPU)

    latents = codec.encode(picture_of(16, 16))

    shift = torch.tensor(options.get("latents_mean") or [options.get("shift_factor", 0.0)])
    std = torch.tensor(options.get("latents_std") or [1.0])
    expected = (mean - shift.reshape(1, -1, 1, 1)) * options["scaling_factor"]
    assert torch.allclose(latents, expected / std.reshape(1, -1, 1, 1), atol=1e-6)
    assert torch.allclose(codec.decode(latents), vae.decode(mean).sample, atol=1e-5)


def test_the_preview_is_a_linear_guess_of_the_colours():
    """A VAE whose cells are the colours' own mean, turned and moved, is read without error."""
    codec = Codec(tiny_vae(), CPU)
    turn = torch.linalg.qr(torch.randn((4, 3), generator=torch.Generator().manual_seed(1)))[0]

    def encode(picture: torch.Tensor) -> torch.Tensor:
        cells = torch.nn.functional.avg_pool2d(picture, 2)
        return torch.einsum("dc,bchw->bdhw", turn, cells) + 0.7

    codec.encode = encode
    picture = picture_of(12, 8)
    flat = torch.full((1, 3, 8, 8), 0.2)  # a guide that teaches nothing

    preview = codec.preview(encode(picture), codec.colours(encode(flat), flat))

    assert torch.allclose(preview, torch.nn.functional.avg_pool2d(picture, 2), atol=1e-5)


@torch.no_grad()
def test_large_pictures_pass_the_vae_in_tiles_of_bounded_size(monkeypatch):
    monkeypatch.setattr(codec_module, "TILE_PX", 32)
    torch.manual_seed(0)
    codec = Codec(tiny_vae(), CPU)
    seen = []
    for part in (codec.vae.encoder, codec.vae.decoder):
        part.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0].shape))

    picture = codec.decode(codec.encode(picture_of(90, 70)))

    assert picture.shape == (2, 3, 70, 90)
    assert max(shape[-1] for shape in seen) == 32
    assert all(shape[0] == 1 for shape in seen)  # variants one after the other


@pytest.mark.parametrize("place", [(0, 0), (13, -5), (-8, 3)])
@pytest.mark.parametrize("size", [(1, 1), (8, 16), (33, 21)])
def test_a_picture_over_its_cells_comes_back_uncut(place, size):
    cells = Cells.over(*place, *size, factor=8, multiple=2)
    picture = picture_of(*size)

    padded = cells.padded(picture)

    assert padded.shape[-2:] == (cells.rows * 8, cells.columns * 8)
    assert cells.rows % 2 == cells.columns % 2 == 0
    assert torch.equal(cells.cropped(padded), picture)
    assert (cells.left * 8 + cells.margin_left, cells.top * 8 + cells.margin_top) == place


def test_a_cell_may_change_where_any_of_its_pixels_may():
    cells = Cells.over(3, 0, 20, 8, factor=4, multiple=2)
    mask = torch.zeros(8, 20)
    mask[5, 8] = 1  # on the canvas x = 11: the last pixel of the third cell

    greatest = cells.greatest(mask)

    assert greatest.nonzero().tolist() == [[1, 2]]


def test_the_preview_learns_from_the_guide_what_the_chart_does_not_tell():
    """This VAE holds colours that none of the chart has in another way."""
    codec = Codec(tiny_vae(), CPU)
    picture = picture_of(64, 64)[:1]
    cells = torch.nn.functional.avg_pool2d(picture, 2)
    extra = torch.rand((1, 1, 32, 32), generator=torch.Generator().manual_seed(2))
    latents = torch.cat([cells - extra, extra], dim=1)
    codec.encode = lambda chart: torch.nn.functional.pad(
        torch.nn.functional.avg_pool2d(chart, 2), (0, 0, 0, 0, 0, 1)
    )

    preview = codec.preview(latents, codec.colours(latents, picture))

    assert torch.allclose(preview, cells, atol=1e-5)
