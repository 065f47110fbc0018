"""Images say what they are, and have as many bytes as they say."""

from __future__ import annotations

import pytest
from hypothesis import given

from protocol.bounds import Bounds
from protocol.errors import ProtocolError
from protocol.images import MASK, Image, PixelFormat, check_size
from protocol.limits import LIMITS

from .strategies import BOUNDS, FORMATS, images

KRITAS_BYTES_PER_PIXEL = {
    ("RGBA", "U8"): 4,
    ("RGBA", "U16"): 8,
    ("RGBA", "F16"): 8,
    ("RGBA", "F32"): 16,
    ("GRAYA", "U8"): 2,
    ("GRAYA", "F32"): 8,
    ("CMYKA", "U8"): 5,
    ("CMYKA", "U16"): 10,
    ("LABA", "U16"): 8,
    ("A", "U8"): 1,
}


@pytest.mark.parametrize(("model", "depth"), KRITAS_BYTES_PER_PIXEL)
def test_a_pixel_has_as_many_bytes_as_in_krita(model, depth):
    assert PixelFormat(model, depth).bytes_per_pixel == KRITAS_BYTES_PER_PIXEL[model, depth]


@given(images())
def test_an_image_counts_its_bytes(image):
    area = image.bounds.width * image.bounds.height
    assert image.nbytes == len(bytes(image.data)) == area * image.format.bytes_per_pixel


@given(BOUNDS, FORMATS)
def test_one_byte_more_or_less_is_refused(bounds, pixel_format):
    right = bounds.width * bounds.height * pixel_format.bytes_per_pixel
    check_size(bounds, pixel_format, right)
    for wrong in (right - 1, right + 1, 0):
        with pytest.raises(ProtocolError):
            Image(bounds, pixel_format, bytes(wrong))


def test_the_largest_sides_fit_and_one_more_does_not():
    side = LIMITS.side_px
    check_size(Bounds(0, 0, side, 1), MASK, side)
    check_size(Bounds(0, 0, side, side), MASK, side * side)
    for bounds in (Bounds(0, 0, side + 1, 1), Bounds(0, 0, 1, side + 1)):
        with pytest.raises(ProtocolError, match=f"outside 1×1 to {side}×{side} pixels"):
            check_size(bounds, MASK, bounds.width * bounds.height)


@pytest.mark.parametrize("side", [0, -1, 2.0, True, None, "4", pytest.param(10**5000, id="huge")])
def test_a_side_that_is_no_whole_number_in_range_is_refused(side):
    with pytest.raises(ProtocolError):
        check_size(Bounds(0, 0, side, 1), MASK, 1)


@pytest.mark.parametrize("data", [memoryview(bytes(16))[::2], memoryview(bytes(16))[::-2]])
def test_pixels_that_are_not_in_one_piece_are_refused(data):
    with pytest.raises(ProtocolError, match="in one piece"):
        Image(Bounds(0, 0, 8, 1), MASK, data)


def test_pixels_of_floats_are_counted_in_bytes():
    floats = memoryview(bytes(64)).cast("f")
    assert Image(Bounds(0, 0, 2, 2), PixelFormat("RGBA", "F32"), floats).nbytes == 64


@pytest.mark.parametrize("name", ["", "rgba", "XYZA", None, 4, ["RGBA"], "x" * 99_999])
def test_an_unknown_model_or_depth_is_refused_in_a_short_sentence(name):
    for wrong in ({"model": name}, {"depth": name}):
        with pytest.raises(ProtocolError, match="is not known") as caught:
            PixelFormat(**wrong)
        assert len(str(caught.value)) < 120
