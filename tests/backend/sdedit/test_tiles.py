from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.sdedit.tiles import predict_in_tiles, tile_spans

PICTURE = torch.rand(2, 3, 45, 70, generator=torch.Generator().manual_seed(0))


@given(st.integers(1, 500), st.integers(1, 60), st.integers(0, 59), st.sampled_from([1, 8]))
def test_spans_cover_with_the_overlap_and_have_one_length(units, tile_units, overlap_units, unit):
    if overlap_units >= tile_units:
        overlap_units = tile_units - 1
    length, tile, overlap = units * unit, tile_units * unit, overlap_units * unit

    spans = tile_spans(length, tile, overlap, unit)

    assert spans[0].start == 0
    assert spans[-1].stop == length
    assert len({span.stop - span.start for span in spans}) == 1
    assert spans[0].stop <= tile
    for span, following in zip(spans, spans[1:]):
        assert span.start < following.start
        assert span.stop - following.start >= overlap
    assert all(span.start % unit == 0 for span in spans)


def test_no_tile_is_larger_than_the_cover_needs():
    assert tile_spans(1100, 1024, 128, 4) == [slice(0, 616), slice(484, 1100)]


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ((100, 16, 16), r"overlap is 16, but must be 0 or more and below tile \(16\)"),
        ((100, 16, -1), "overlap is -1, but"),
        ((100, 16, 8, 8), "are 100, 16 and 8, but must be multiples of 8"),
    ],
)
def test_spans_that_cannot_be_are_refused(sizes, sentence):
    with pytest.raises(ValueError, match=sentence):
        tile_spans(*sizes)


@pytest.mark.parametrize(("tile", "overlap"), [(16, 0), (16, 1), (20, 5), (32, 16), (45, 12)])
def test_a_pointwise_prediction_in_tiles_is_the_whole_one(tile, overlap):
    columns = torch.linspace(0, 1, 70)

    def predict(x, _rows, of_columns):
        return 0.5 - 2 * x + columns[of_columns]

    tiled = predict_in_tiles(predict, PICTURE, tile, overlap)

    assert (tiled - predict(PICTURE, slice(0, 45), slice(0, 70))).abs().max() <= 1e-6


def test_a_tile_as_large_as_the_picture_gets_all_of_it_at_once():
    asked = []

    def predict(x, rows, columns):
        asked.append((x.shape, rows, columns))
        return x

    assert predict_in_tiles(predict, PICTURE, 80, 8) is PICTURE
    assert asked == [(PICTURE.shape, slice(0, 45), slice(0, 70))]


def test_a_prediction_that_sees_less_than_a_quarter_of_the_overlap_shows_no_tile():
    """The border a tile adds spoils the convolution near it; those pixels have no weight."""
    kernel = torch.full((3, 1, 7, 7), 1 / 49)

    def predict(x, _rows, _columns):
        return torch.nn.functional.conv2d(x, kernel, padding=3, groups=3)

    tiled = predict_in_tiles(predict, PICTURE, 24, 12)

    assert (tiled - predict(PICTURE, None, None)).abs().max() <= 1e-6


def test_neighbours_fade_into_each_other_without_a_step():
    """Tiles that disagree wholly: 0 on the left, 1 on the right."""

    def predict(x, _rows, columns):
        return torch.full_like(x, float(columns.start > 0))

    tiled = predict_in_tiles(predict, torch.zeros(1, 1, 8, 40), 24, 8)[0, 0, 0]

    assert tiled[:18].eq(0).all()
    assert tiled[22:].eq(1).all()
    assert tiled[18:22].diff().tolist() == pytest.approx([0.25] * 3, abs=1e-6)


def test_whoever_predicts_the_tiles_in_whatever_order_the_sum_is_the_same_to_the_bit():
    def predict(tile, rows, columns):
        return tile.sin() + rows.start / 7 + columns.start / 11

    def last_first(predict, x, tiles):
        parts = [predict(x[..., rows, columns], rows, columns) for rows, columns in tiles[::-1]]
        return parts[::-1]

    expected = predict_in_tiles(predict, PICTURE, 24, 8)
    assert torch.equal(predict_in_tiles(predict, PICTURE, 24, 8, predict_all=last_first), expected)
