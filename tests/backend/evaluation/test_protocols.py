"""The three kinds of guide, made of photographs."""

from __future__ import annotations

import pytest
import torch

from backend.evaluation.photographs import Photograph, to_picture, to_pixels
from backend.evaluation.protocols import (
    around,
    compositing_examples,
    local_examples,
    patch_of,
    strokes_examples,
)
from backend.pictures.strokes import simulate_strokes
from protocol.bounds import Bounds
from tests.backend.training.pictures_made import landscape


@pytest.fixture
def photographs() -> list[Photograph]:
    return [
        Photograph(f"{i}.png", to_pixels(landscape(i, width, 96)))
        for i, width in enumerate((144, 144, 120))
    ]


def test_stroke_guides_are_the_same_every_time(photographs):
    first, second = (strokes_examples(photographs, 6) for _ in range(2))

    assert all(torch.equal(a.guide, b.guide) for a, b in zip(first, second))
    expected = simulate_strokes(to_picture(photographs[0].pixels), 6)
    assert torch.equal(first[0].guide, to_pixels(expected))


def test_strokes_are_edited_everywhere(photographs):
    example = strokes_examples(photographs, 3)[0]

    assert (example.mask, example.region) == (None, None)
    assert example.window == Bounds(0, 0, 144, 96)


def test_a_local_guide_is_the_photograph_but_for_strokes_in_the_region(photographs):
    strokes = strokes_examples(photographs, 6)
    for example, painted in zip(local_examples(photographs, 6, seed=0), strokes):
        region = example.region
        assert example.mask is region
        assert torch.equal(example.guide[:, region], painted.guide[:, region])
        assert torch.equal(example.guide[:, ~region], example.photograph.pixels[:, ~region])


def test_local_regions_follow_the_seed(photographs):
    first, same, other = (local_examples(photographs, 6, seed) for seed in (1, 1, 2))

    assert all(torch.equal(a.region, b.region) for a, b in zip(first, same))
    assert not any(torch.equal(a.region, b.region) for a, b in zip(first, other))


def test_a_composite_has_the_next_photograph_in_its_region_and_may_change_a_rim(photographs):
    examples = compositing_examples(photographs, seed=0)
    pasted = photographs[1].pixels

    first = examples[0]
    assert torch.equal(first.guide[:, first.region], pasted[:, first.region])
    assert torch.equal(first.guide[:, ~first.region], photographs[0].pixels[:, ~first.region])
    assert (first.mask & ~first.region).sum() > 2 * 3 * 40  # 3 px all around
    assert not (first.region & ~first.mask).any()
    assert [e.guide.shape[2] for e in examples] == [144, 144, 120]  # the last one takes the first


def test_a_single_photograph_is_composed_with_itself_elsewhere_and_in_other_colours(photographs):
    example = compositing_examples(photographs[:1], seed=0)[0]

    inside, photograph = example.region, photographs[0].pixels
    assert not torch.equal(example.guide[:, inside], photograph[:, inside])
    moved = photograph.roll(72, dims=2)[[1, 2, 0]]
    assert torch.equal(example.guide[:, inside], moved[:, inside])


def test_the_model_sees_a_window_around_a_local_edit():
    photograph = Photograph("wide.png", to_pixels(landscape(0, 620, 260)))

    example = local_examples([photograph], 6, seed=0)[0]

    assert example.window.height == 256
    assert example.window.width < 400
    seen = torch.zeros(260, 620, dtype=torch.bool)
    window = example.window
    seen[window.y : window.bottom, window.x : window.right] = True
    assert not (example.mask & ~seen).any()


def test_the_judged_patch_holds_region_and_border(photographs):
    example = local_examples(photographs, 6, seed=0)[0]

    patch = patch_of(example.photograph.pixels, example.region)

    rows, columns = around(example.region).nonzero().T
    assert patch.shape[1] == rows.max() - rows.min() + 1
    assert patch.shape[2] == columns.max() - columns.min() + 1
    assert patch_of(example.guide, None) is example.guide
