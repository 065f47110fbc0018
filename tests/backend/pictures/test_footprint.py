"""Around strokes, and along an object's edge: what may change, and how much."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.pictures.footprint import (
    HEART_SHARE,
    distance_to,
    grey_of,
    object_map,
    strokes_mask,
    with_areas,
)
from protocol.bounds import Bounds
from protocol.images import MASK, Image, PixelFormat
from protocol.messages import EditRequest, ProposeT0

WINDOW = Bounds(-3, 5, 60, 40)
SHAPE = (WINDOW.height, WINDOW.width)


def opacity(value: int = 255) -> np.ndarray:
    """A square of 20 px in an empty window."""
    alpha = np.zeros(SHAPE, np.uint8)
    alpha[10:30, 20:40] = value
    return alpha


def grey(values: np.ndarray) -> Image:
    return Image(WINDOW, MASK, values.astype(np.uint8).tobytes())


def values_of(image: Image | None) -> np.ndarray:
    assert image is not None
    return np.frombuffer(image.data, np.uint8).reshape(SHAPE)


def request(kind=EditRequest, **changes):
    guide = Image(WINDOW, PixelFormat(), bytes(4 * 60 * 40))
    return kind("a job", guide, 400, 300, **{"footprint": grey(opacity()), "edge_px": 8, **changes})


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_distances_are_those_to_the_nearest_pixel_of_the_shape(seed, most):
    chance = np.random.default_rng(seed)
    shape = chance.random((chance.integers(1, 14), chance.integers(1, 14))) < 0.1
    y, x = np.indices(shape.shape)
    places = np.argwhere(shape)
    expected = np.full(shape.shape, float(most))
    for row, column in places:
        expected = np.minimum(expected, np.hypot(y - row, x - column))
    assert distance_to(shape, most) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("value", [1, 128, 255])
def test_strokes_however_faint_may_change_with_a_soft_edge_around_them(value):
    mask = strokes_mask(opacity(value), 8)
    assert (mask[10:30, 20:40] == 255).all()
    edge = mask[20, 40:50].astype(int)  # to the right of it
    assert (edge[:3] == 255).all(), "half of the edge is whole"
    assert (np.diff(edge[3:]) <= 0).all()
    assert edge[7] > 0, "the last pixel of the edge"
    assert (edge[8:] == 0).all(), "and no farther"


def test_corners_are_round():
    mask = strokes_mask(opacity(), 8)
    assert mask[9 - 7, 20] > 0
    assert mask[9 - 7, 19 - 7] == 0


def test_an_object_takes_all_of_t0_along_its_edge_and_less_inside():
    alpha = np.zeros((60, 60), np.uint8)
    alpha[10:50, 10:50] = 255
    share = object_map(alpha, 5)
    assert (share[alpha == 0] == 1).all()
    assert (share[10:15, 10:50] == 1).all()
    assert share[30, 30] == pytest.approx(HEART_SHARE)
    assert (np.diff(share[30, 10:30]) <= 0).all()


@pytest.mark.parametrize("kind", [EditRequest, ProposeT0])
def test_the_footprint_becomes_the_mask(kind):
    done = with_areas(request(kind))
    assert done.footprint is None
    assert (values_of(done.mask) == strokes_mask(opacity(), 8)).all()
    assert getattr(done, "t0_map", None) is None


def test_of_a_selection_only_what_both_allow_may_change():
    selected = np.zeros(SHAPE)
    selected[:, :30] = 100
    mask = values_of(with_areas(request(mask=grey(selected))).mask)
    assert (mask[20, 20:30] == 100).all()
    assert (mask[:, 30:] == 0).all()
    assert (mask[:, :12] == 0).all()


def test_an_object_brings_its_map_and_the_artists_own_scales_it():
    plain = values_of(with_areas(request(footprint_of="object")).t0_map)
    assert (plain == np.rint(object_map(opacity(), 8) * 255)).all()
    half = with_areas(request(footprint_of="object", t0_map=grey(np.full(SHAPE, 128)))).t0_map
    assert values_of(half) == pytest.approx(plain * (128 / 255), abs=1)


def test_a_map_in_the_guides_format_counts_by_its_lightness_on_white_paper():
    pixels = np.zeros((*SHAPE, 4), np.uint8)  # blue, green, red, alpha; clear
    pixels[0, :4] = [(0, 0, 0, 255), (255, 255, 255, 255), (128, 128, 128, 255), (0, 255, 0, 255)]
    pixels[0, 4] = (0, 0, 0, 51)
    coloured = Image(WINDOW, PixelFormat(), pixels.tobytes())
    values = values_of(with_areas(request(footprint=None, t0_map=coloured)).t0_map)
    assert values[0, :6].tolist() == [0, 255, 128, round(0.7152 * 255), 204, 255]
    assert (values_of(grey_of(coloured, None)) == values).all()


def test_a_request_without_them_is_left_as_it_is():
    plain = request(footprint=None, mask=grey(opacity()), t0_map=grey(opacity()))
    assert with_areas(plain) is plain
