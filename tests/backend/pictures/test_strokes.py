from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from backend.pictures.strokes import median_filter, simulate_strokes
from tests.backend.training.pictures_made import landscape


@pytest.mark.parametrize("colours", [1, 3, 6, 16])
def test_strokes_have_the_pictures_size_and_few_colours(colours):
    picture = landscape(1, 200, 128)

    strokes = simulate_strokes(picture, colours)

    assert (strokes.mode, strokes.size) == ("RGB", (200, 128))
    assert 1 <= len(strokes.getcolors(10**6)) <= colours


def test_strokes_are_broad_and_keep_the_composition():
    picture = landscape(2, 256, 256)

    strokes = simulate_strokes(picture)

    grain = np.abs(np.diff(np.asarray(picture, float), axis=0)).mean()
    left = np.abs(np.diff(np.asarray(strokes, float), axis=0)).mean()
    assert left < 0.5 * grain
    error = np.asarray(strokes, float) - np.asarray(picture, float)
    assert np.sqrt((error**2).mean()) < 25


def test_a_speck_narrower_than_half_the_brush_disappears():
    picture = Image.new("RGB", (256, 256), (90, 120, 150))
    picture.paste((255, 0, 0), (100, 100, 108, 108))

    assert simulate_strokes(picture, 3).getcolors() == [(256 * 256, (90, 120, 150))]


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (300, 20)])
def test_any_size_will_do(size):
    assert simulate_strokes(Image.new("RGBA", size, (1, 2, 3, 128))).size == size


def test_the_picture_itself_is_left_as_it_was():
    picture = landscape(0)
    before = picture.tobytes()

    simulate_strokes(picture)

    assert picture.tobytes() == before


@pytest.mark.parametrize(("size", "kernel"), [((60, 40), 3), ((40, 60), 11), ((8, 5), 23)])
def test_the_median_is_pillows(size, kernel):
    random = np.random.default_rng(kernel)
    pixels = random.integers(20, 240, (*size[::-1], 3), np.uint8)

    expected = Image.fromarray(pixels).filter(ImageFilter.MedianFilter(kernel))
    assert np.array_equal(median_filter(pixels, kernel), np.asarray(expected))


@pytest.mark.parametrize("kernel", [253, 257])  # above 255, counts no longer fit 16 bits
def test_the_median_of_a_large_square_is_that_of_the_picture(kernel):
    pixels = np.random.default_rng(0).integers(100, 104, (9, 9, 1), np.uint8)
    pixels[:, :6] = 7

    middle = median_filter(pixels, kernel)[4, 4, 0]

    around = np.pad(pixels, ((kernel // 2,) * 2, (kernel // 2,) * 2, (0, 0)), mode="edge")
    assert middle == np.median(around[4 : 4 + kernel, 4 : 4 + kernel])
