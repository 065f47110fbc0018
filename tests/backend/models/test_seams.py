"""The shipped model's tiles leave no seam in the result of a whole edit."""

from __future__ import annotations

import numpy as np
import PIL.Image
import pytest
import torch

from backend.models.edit import Edit
from backend.models.loading import load_landscape_model
from backend.paths import ROOT
from backend.sdedit.tiles import tile_spans

WIDTH_PX, HEIGHT_PX, TILE_PX = 448, 136, 256
OVERLAP_PX, MULTIPLE = 160, 8  # the model's own
SPANS = tile_spans(WIDTH_PX, TILE_PX, OVERLAP_PX, MULTIPLE)


@pytest.fixture(scope="module")
def results() -> dict[str, torch.Tensor]:
    """The sample painting, edited whole and in three tiles beside each other."""
    model = load_landscape_model("landscape", "cpu")
    with PIL.Image.open(ROOT / "backend" / "samples" / "painting.png") as file:
        picture = file.convert("RGB").resize((WIDTH_PX, HEIGHT_PX), PIL.Image.Resampling.LANCZOS)
    guide = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None] / 127.5 - 1
    assert (model.tile_overlap_px, model.multiple) == (OVERLAP_PX, MULTIPLE)
    made = {}
    for name, tile_px in (("whole", 1024), ("tiled", TILE_PX)):
        model.tile_px = tile_px
        *_, last = model.edit(guide, Edit(t0=0.6, steps=4, seed=1))
        made[name] = last.x0
    return made


def columns_gradients(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean difference of neighbouring columns: at the tiles' borders, and anywhere else."""
    ends = {place for span in SPANS for place in (span.start - 1, span.stop - 1)}
    borders = torch.tensor([place for place in ends if 0 <= place < WIDTH_PX - 1])
    assert len(borders) == 4
    steep = x.diff(dim=3).abs().mean(dim=(0, 1, 2))
    is_border = torch.zeros(len(steep), dtype=torch.bool)
    is_border[borders] = True
    return steep[is_border], steep[~is_border]


def test_gradients_on_tile_borders_are_those_of_an_untiled_edit(results):
    on, off = columns_gradients(results["tiled"])
    on_whole, off_whole = columns_gradients(results["whole"])

    assert (on / on_whole).tolist() == pytest.approx([1] * 4, abs=2e-3)
    assert (on.mean() / off.mean()).item() == pytest.approx(
        (on_whole.mean() / off_whole.mean()).item(), abs=1e-3
    )


def test_a_seam_of_one_grey_level_would_be_seen_by_that(results):
    spoilt = results["tiled"].clone()
    spoilt[..., SPANS[0].stop :] += 1 / 127.5
    on, _ = columns_gradients(spoilt)
    on_whole, _ = columns_gradients(results["whole"])

    assert ((on / on_whole - 1).abs() > 0.01).any()


def test_the_whole_edit_differs_by_less_than_a_tenth_of_a_grey_level(results):
    apart = (results["tiled"] - results["whole"]).abs().max().item() * 127.5

    assert 0 < apart < 0.1
