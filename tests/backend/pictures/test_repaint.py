from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from backend.pictures.repaint import from_bgra, repaint, rgb_profile, to_bgra
from backend.pictures.side_by_side import GAP_PX, side_by_side
from tests.backend.pictures.icc_made import made_grey, made_rgb
from tests.backend.pictures.pictures_made import PROFILE, made

MODES = ["L", "LA", "RGB", "RGBA", "P"]


def colours_like(picture: Image.Image, seed: int = 9) -> np.ndarray:
    return np.array(made("RGB", *picture.size, seed=seed))


def soft_mask(picture: Image.Image) -> np.ndarray:
    """0 on the left, 255 on the right, every value between on the way."""
    ramp = np.linspace(-64, 320, picture.width).clip(0, 255).astype(np.uint8)
    return np.tile(ramp, (picture.height, 1))


def rgba(picture: Image.Image) -> np.ndarray:
    return np.array(picture.convert("RGBA"))


@pytest.mark.parametrize("mode", MODES)
def test_outside_the_mask_every_pixel_is_bit_identical(mode: str) -> None:
    guide = made(mode, 48, 20)
    mask = soft_mask(guide)
    result = repaint(guide, colours_like(guide), mask)
    assert (result.mode, result.size) == (guide.mode, guide.size)
    assert np.array_equal(rgba(result)[mask == 0], rgba(guide)[mask == 0])
    assert not np.array_equal(rgba(result)[mask == 255], rgba(guide)[mask == 255])


@pytest.mark.parametrize("mode", MODES)
def test_transparency_stays_as_it_was(mode: str) -> None:
    guide = made(mode, 48, 20)
    result = repaint(guide, colours_like(guide), np.full((20, 48), 255, np.uint8))
    assert np.array_equal(rgba(result)[..., 3], rgba(guide)[..., 3])


def test_several_clear_colours_of_a_palette_stay_apart() -> None:
    guide = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8))
    guide.putpalette(list(range(192)))
    guide.info["transparency"] = b"\0\xff\0\0"
    result = repaint(guide, colours_like(guide), np.zeros((8, 8), np.uint8))
    assert np.array_equal(rgba(result), rgba(guide))


def test_a_fully_masked_rgb_picture_is_the_models() -> None:
    guide = made("RGB")
    colours = colours_like(guide)
    result = repaint(guide, colours, np.full(colours.shape[:2], 255, np.uint8))
    assert np.array_equal(np.array(result), colours)


def test_a_soft_mask_mixes_in_proportion() -> None:
    guide = made("RGB", 48, 20)
    colours, mask = colours_like(guide), soft_mask(guide)
    weight = mask[..., None] / 255
    exact = np.array(guide) * (1 - weight) + colours * weight
    assert np.abs(np.array(repaint(guide, colours, mask)) - exact).max() <= 0.5


def test_the_profile_stays_with_the_picture() -> None:
    guide = made("RGB")
    guide.info["icc_profile"] = PROFILE
    result = repaint(guide, colours_like(guide), np.zeros((16, 24), np.uint8))
    assert result.info["icc_profile"] == PROFILE


def test_a_palette_picture_comes_close_to_colours_it_never_had() -> None:
    guide = Image.new("P", (32, 32), 0)
    guide.putpalette([10, 20, 30])
    gradient = np.zeros((32, 32, 3), np.uint8)
    gradient[..., 0] = np.arange(32) * 8
    mask = np.zeros((32, 32), np.uint8)
    mask[:, 16:] = 255
    result = rgba(repaint(guide, gradient, mask))
    assert (result[:, :16] == (10, 20, 30, 255)).all()
    assert np.abs(result[:, 16:, :3].astype(int) - gradient[:, 16:]).max() <= 8


def test_a_palette_picture_whose_256_colours_all_stay_takes_the_nearest_of_them() -> None:
    guide = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16).repeat(2, axis=0))
    guide.putpalette([value for grey in range(256) for value in (grey, grey, grey)])
    mask = np.zeros((32, 16), np.uint8)
    mask[::2] = 255
    result = rgba(repaint(guide, np.full((32, 16, 3), (90, 90, 93), np.uint8), mask))
    assert np.array_equal(result[1::2], rgba(guide)[1::2])
    assert (result[::2] == (91, 91, 91, 255)).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(MODES), st.integers(0, 1000))
def test_any_size_can_be_repainted(width: int, height: int, mode: str, seed: int) -> None:
    guide = made(mode, 24, 16, seed).crop((0, 0, width, height))
    mask = np.random.default_rng(seed).choice(np.array([0, 100, 255], np.uint8), (height, width))
    result = repaint(guide, colours_like(guide, seed), mask)
    assert (result.mode, result.size) == (mode, (width, height))
    assert np.array_equal(rgba(result)[mask == 0], rgba(guide)[mask == 0])


def test_the_protocols_pixels_are_blue_green_red_alpha() -> None:
    picture = Image.new("RGBA", (3, 2), (1, 2, 3, 4))
    data = to_bgra(picture)
    assert data == bytes((3, 2, 1, 4)) * 6
    assert (from_bgra(data, (3, 2)) == (1, 2, 3)).all()


@pytest.mark.parametrize("mode", MODES)
def test_before_and_after_stand_side_by_side(mode: str) -> None:
    left, right = made(mode, seed=1), made(mode, seed=2)
    both = side_by_side([left, right])
    assert both.size == (2 * 24 + GAP_PX, 16)
    for part, whole in [(rgba(both)[:, :24], rgba(left)), (rgba(both)[:, -24:], rgba(right))]:
        visible = whole[..., 3] > 0
        assert np.array_equal(part[visible], whole[visible])
        assert np.array_equal(part[..., 3], whole[..., 3])


@pytest.mark.parametrize(
    ("mode", "profile", "is_used"),
    [
        ("RGB", made_rgb(gamma=1.0), True),
        ("RGBA", made_rgb(gamma=1.0), True),
        ("P", made_rgb(gamma=1.0), True),
        ("L", made_rgb(gamma=1.0), False),
        ("RGB", made_grey(2.2), False),
        ("RGB", b"rubbish", False),
        ("RGB", None, False),
    ],
)
def test_the_profile_of_a_picture_in_rgb_goes_with_its_pixels(mode, profile, is_used):
    guide = Image.new(mode, (2, 2))
    if profile is not None:
        guide.info["icc_profile"] = profile

    assert rgb_profile(guide) == (profile if is_used else None)
