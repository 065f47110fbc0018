from __future__ import annotations

import numpy as np
import pytest
import torch
import zmq
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from backend.pictures.pixels import grey_values, layer_alpha, rgb_over_white, to_image
from protocol.bounds import Bounds
from protocol.images import MASK, Image, PixelFormat

pictures = st.tuples(st.integers(1, 8), st.integers(1, 8)).flatmap(
    lambda size: arrays.arrays(np.uint8, (*size, 4))
)


def image_of(pixels: np.ndarray, pixel_format: PixelFormat | None = None) -> Image:
    height, width = pixels.shape[:2]
    return Image(Bounds(-3, 5, width, height), pixel_format or PixelFormat(), pixels.tobytes())


def pixels_of(image: Image) -> np.ndarray:
    return np.frombuffer(image.data, np.uint8).reshape(
        image.bounds.height, image.bounds.width, image.format.bytes_per_pixel
    )


@given(pictures)
def test_an_opaque_picture_comes_back_exactly(bgra):
    bgra[..., 3] = 255
    image = image_of(bgra, PixelFormat("RGBA", "U8", "sRGB"))

    there = rgb_over_white(image)
    back = to_image(there, image.bounds, None, "sRGB")

    assert (there.dtype, tuple(there.shape)) == (torch.float32, (1, 3, *bgra.shape[:2]))
    assert back == image


def test_channels_are_red_green_blue_from_minus_one_to_one():
    blue_green_red = np.array([[[0, 51, 255, 255]]], np.uint8)

    rgb = rgb_over_white(image_of(blue_green_red))

    assert rgb.flatten().tolist() == pytest.approx([1.0, -0.6, -1.0], abs=1e-6)


@given(pictures)
def test_transparent_pixels_look_as_on_white_paper(bgra):
    image = image_of(bgra)

    shown = to_image(rgb_over_white(image), image.bounds, None, "")

    alpha = bgra[..., 3:].astype(float) / 255
    expected = bgra[..., :3] * alpha + 255 * (1 - alpha)
    assert np.abs(pixels_of(shown)[..., :3] - expected).max() <= 0.5 + 1e-3
    assert (pixels_of(shown)[..., 3] == 255).all()


@given(pictures, st.data())
def test_alpha_is_the_mask_and_what_may_not_change_is_clear(bgra, data):
    size = bgra.shape[:2]
    mask = image_of(data.draw(arrays.arrays(np.uint8, (*size, 1))), MASK)
    bgra[..., 3] = 255

    layer = pixels_of(
        to_image(rgb_over_white(image_of(bgra)), mask.bounds, layer_alpha(mask, None), "")
    )

    alpha = pixels_of(mask)[..., 0]
    assert (layer[..., 3] == alpha).all()
    assert (layer[alpha == 0] == 0).all()
    assert (layer[alpha > 0][:, :3] == bgra[alpha > 0][:, :3]).all()


def test_mask_values_run_from_zero_to_one():
    mask = image_of(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), MASK)

    values = grey_values(mask)

    assert tuple(values.shape) == (16, 16)
    assert torch.equal(values.flatten(), torch.arange(256) / 255)


def test_colours_beyond_the_range_are_its_ends():
    rgb = torch.tensor([-1.7, 5.0, 0.0]).reshape(1, 3, 1, 1)

    assert pixels_of(to_image(rgb, Bounds(0, 0, 1, 1), None, "")).tolist() == [[[128, 255, 0, 255]]]


def test_the_models_tensor_is_left_as_it_was():
    rgb = torch.linspace(-1.2, 1.2, 12).reshape(1, 3, 2, 2)
    before = rgb.clone()

    to_image(rgb, Bounds(0, 0, 2, 2), None, "")

    assert torch.equal(rgb, before)


def through_a_socket(data: bytes) -> memoryview:
    """The bytes as a worker receives them: the read-only memory of a ZeroMQ frame."""
    with zmq.Context() as context, context.socket(zmq.PAIR) as here, context.socket(
        zmq.PAIR
    ) as there:
        here.bind("inproc://pixels")
        there.connect("inproc://pixels")
        here.send(data, copy=False)
        assert there.poll(5000)
        return there.recv(copy=False).buffer


def test_a_frames_own_memory_is_read_and_never_written():
    bgra = np.full((40, 50, 4), (10, 200, 30, 128), np.uint8)
    alpha = np.tile(np.arange(50, dtype=np.uint8) // 25 * 255, (40, 1))
    bounds = Bounds(0, 0, 50, 40)
    guide = Image(bounds, PixelFormat(), through_a_socket(bgra.tobytes()))
    mask = Image(bounds, MASK, through_a_socket(alpha.tobytes()))
    assert isinstance(guide.data, memoryview)

    rgb, values = rgb_over_white(guide), grey_values(mask)
    layer = to_image(rgb, bounds, layer_alpha(mask, None), "")
    rgb.zero_()
    values.zero_()

    assert bytes(guide.data) == bgra.tobytes()
    assert bytes(mask.data) == alpha.tobytes()
    assert (pixels_of(layer)[..., 3] == alpha).all()


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_buffer_will_do_and_only_reading_is_needed(kind):
    bgra = np.full((2, 3, 4), 255, np.uint8)
    image = Image(Bounds(0, 0, 3, 2), PixelFormat(), kind(bgra.tobytes()))

    rgb = rgb_over_white(image)
    rgb.mul_(0)  # warns, and a warning is an error, if it were the read-only memory itself

    assert bytes(image.data) == bgra.tobytes()
