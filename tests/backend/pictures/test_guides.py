"""What goes to the backend of a picture file, and how a result is laid over it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from backend.pictures.deep import DeepPicture, Picture
from backend.pictures.guides import profile_of, raw_image, with_layer, with_strokes
from protocol.bounds import Bounds
from protocol.images import Image as RawImage
from tests.backend.pictures.icc_made import made_grey, made_rgb
from tests.backend.pictures.pictures_made import CHANNELS, made

PLACE = Bounds(3, 2, 15, 10)


def deep(mode: str) -> DeepPicture:
    shape = (16, 24, CHANNELS[mode])
    return DeepPicture(np.random.default_rng(1).integers(0, 65536, shape, np.uint16))


def values_of(picture: Picture) -> np.ndarray:
    return picture.pixels if isinstance(picture, DeepPicture) else np.asarray(picture)


def layer_like(picture: Picture, opacity: int) -> RawImage:
    """A result of zeros with this share of opacity, of 255, in the picture's format."""
    raw = raw_image(picture, PLACE)
    layer = np.zeros_like(np.frombuffer(raw.data, np.uint16 if raw.format.depth == "U16" else "u1"))
    channels = 2 if raw.format.model == "GRAYA" else 4
    layer[channels - 1 :: channels] = opacity * (257 if raw.format.depth == "U16" else 1)
    return RawImage(PLACE, raw.format, layer.tobytes())


@pytest.mark.parametrize("mode", list(CHANNELS))
@pytest.mark.parametrize("kind", [deep, made])
def test_a_clear_result_leaves_every_bit_and_an_opaque_one_none(mode: str, kind) -> None:  # type: ignore[no-untyped-def]
    picture = kind(mode)
    before = values_of(picture)
    assert np.array_equal(values_of(with_layer(picture, layer_like(picture, 0))), before)
    after = values_of(with_layer(picture, layer_like(picture, 255))).reshape(16, 24, -1)
    inside = (slice(PLACE.y, PLACE.bottom), slice(PLACE.x, PLACE.right))
    colours = 1 if mode in ("L", "LA") else 3
    assert not after[inside][..., :colours].any()
    before = before.reshape(after.shape)
    assert np.array_equal(after[..., colours:], before[..., colours:])
    outside = np.ones((16, 24), bool)
    outside[inside] = False
    assert np.array_equal(after[outside], before[outside])


@pytest.mark.parametrize("mode", list(CHANNELS))
def test_a_deep_picture_is_sent_with_all_its_bits(mode: str) -> None:
    picture = deep(mode)
    raw = raw_image(picture, Bounds(0, 0, 24, 16))
    pixels = np.frombuffer(raw.data, np.uint16).reshape(16, 24, -1)
    colours = 1 if mode in ("L", "LA") else 3
    assert raw.format.model == ("GRAYA" if colours == 1 else "RGBA")
    assert np.array_equal(pixels[..., colours - 1 :: -1], picture.pixels[..., :colours])
    alpha = picture.pixels[..., colours] if mode in ("LA", "RGBA") else 65535
    assert (pixels[..., colours] == alpha).all()


def test_only_a_profile_of_its_own_colours_is_sent() -> None:
    grey, rgb = made_grey(1.8), made_rgb(gamma=1.8)
    for mode, fitting, other in (("L", grey, rgb), ("RGB", rgb, grey)):
        pixels = deep(mode).pixels
        assert profile_of(DeepPicture(pixels, {"icc_profile": fitting})) == fitting
        assert profile_of(DeepPicture(pixels, {"icc_profile": other})) is None


@pytest.mark.parametrize("picture", [deep("RGB"), deep("RGBA"), deep("LA"), made("RGB"), made("L")])
def test_strokes_cover_what_they_are_painted_on_and_nothing_else(picture: Picture) -> None:
    strokes = Image.new("RGBA", (24, 16), (255, 255, 255, 0))
    strokes.paste((0, 0, 0, 255), (4, 4, 10, 9))
    before = values_of(picture).reshape(16, 24, -1)
    after = values_of(with_strokes(picture, strokes)).reshape(before.shape)
    painted = np.zeros((16, 24), bool)
    painted[4:9, 4:10] = True
    colours = 1 if before.shape[2] < 3 else 3
    assert not after[painted][:, :colours].any()
    assert np.array_equal(after[~painted], before[~painted])
    full = np.iinfo(before.dtype).max
    assert (after[painted][:, colours:] == full).all()


def test_strokes_on_a_palette_picture_bring_their_colours() -> None:
    strokes = Image.new("RGBA", (24, 16), (0, 0, 0, 0))
    strokes.putpixel((5, 5), (1, 200, 3, 255))
    painted = with_strokes(made("P"), strokes)
    assert isinstance(painted, Image.Image)
    assert painted.mode == "RGBA"
    assert painted.getpixel((5, 5)) == (1, 200, 3, 255)
