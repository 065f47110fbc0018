"""What a model made becomes a layer in the document's own format; what it left stays to the bit."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch import Tensor

from backend.pictures import pixels
from backend.pictures.colour import colour_space
from backend.pictures.formats import DTYPES, Layout
from backend.pictures.pixels import FORGOTTEN, rgb_over_white, to_layer
from protocol.bounds import Bounds
from protocol.images import CHANNELS, Image, PixelFormat

from .icc_made import made_cmyk, made_grey, made_rgb
from .test_formats import KRITAS_FORMATS

LINEAR = made_rgb(gamma=1.0)
SRGB = imagecodecs.cms_profile("srgb")
PROFILES = {"RGBA": LINEAR, "GRAYA": made_grey(1.8), "CMYKA": made_cmyk(), "LABA": None}
SIZES = st.tuples(st.integers(1, 6), st.integers(1, 6))


def any_pixels(model: str, depth: str) -> st.SearchStrategy[np.ndarray]:
    return SIZES.flatmap(lambda size: arrays.arrays(DTYPES[depth], (*size, CHANNELS[model])))


def image_of(raw: np.ndarray, model: str, depth: str, name: str = "mine") -> Image:
    height, width = raw.shape[:2]
    return Image(Bounds(-3, 5, width, height), PixelFormat(model, depth, name), raw.tobytes())


def bits_of(raw: np.ndarray) -> np.ndarray:
    """Equal only where every bit is: a NaN is itself, and 0.0 is not -0.0."""
    return raw.view(f"u{raw.itemsize}")


def somewhere_else(seen: Tensor) -> Tensor:
    """Other colours, far from these."""
    return torch.where(seen > 0, seen - 0.7, seen + 0.7)


@pytest.mark.parametrize(("model", "depth"), KRITAS_FORMATS)
@settings(max_examples=15)
@given(data=st.data())
def test_an_opaque_picture_in_which_nothing_changed_is_itself_to_the_bit(
    model: str, depth: str, data: st.DataObject
) -> None:
    raw = data.draw(any_pixels(model, depth))
    raw[..., -1] = Layout(model, depth).opaque
    guide = image_of(raw, model, depth)
    seen = rgb_over_white(guide, PROFILES[model])
    assert ((seen >= -1) & (seen <= 1)).all()

    layer = to_layer(seen.clone(), seen, guide, None, PROFILES[model])

    assert (layer.bounds, layer.format) == (guide.bounds, guide.format)
    assert bytes(layer.data) == raw.tobytes()


@pytest.mark.parametrize(("model", "depth"), KRITAS_FORMATS)
@settings(max_examples=15)
@given(data=st.data())
def test_a_layer_is_all_zeros_where_the_mask_is_and_as_opaque_as_it_elsewhere(
    model: str, depth: str, data: st.DataObject
) -> None:
    raw = data.draw(any_pixels(model, depth))
    mask = data.draw(arrays.arrays(np.uint8, raw.shape[:2]))
    layout, guide = Layout(model, depth), image_of(raw, model, depth)
    seen = rgb_over_white(guide, PROFILES[model])

    layer = layout.array(to_layer(somewhere_else(seen), seen, guide, mask, PROFILES[model]))

    assert not bits_of(layer[mask == 0]).any()
    assert (layer[..., -1] == layout.alpha(mask)).all()
    assert np.isfinite(layer.astype(np.float32)).all()


@pytest.mark.parametrize(("model", "depth"), KRITAS_FORMATS)
def test_a_new_colour_is_seen_as_the_model_made_it(model: str, depth: str) -> None:
    layout = Layout(model, depth)
    space = colour_space(model, "mine", PROFILES[model])
    wanted = np.random.default_rng(0).uniform(0.25, 0.75, (20, 30, 3)).astype(np.float32)
    if model == "GRAYA":
        wanted[:] = wanted[..., :1]
    start = np.random.default_rng(1).uniform(0.25, 0.75, (600, 3)).astype(np.float32)
    raw = np.empty((20, 30, CHANNELS[model]), DTYPES[depth])
    raw[..., -1] = layout.opaque
    raw[..., :-1] = layout.colours(space.from_srgb(start)).reshape(20, 30, -1)
    guide = image_of(raw, model, depth)
    made = torch.from_numpy(wanted).permute(2, 0, 1)[None] * 2 - 1

    layer = to_layer(made, rgb_over_white(guide, PROFILES[model]), guide, None, PROFILES[model])

    # 8 bits of ink, linear light or L*a*b* are coarser than those of sRGB, and a press's tables
    # are not exact.
    bound = 4e-4 if depth != "U8" else {"GRAYA": 0.004, "RGBA": 0.006}.get(model, 0.012)
    bound = max(bound, 4e-3 if model == "CMYKA" else 0)
    again = (rgb_over_white(layer, PROFILES[model]) + 1) / 2
    assert (again[0].permute(1, 2, 0).numpy() - wanted) == pytest.approx(0, abs=bound)


@given(st.floats(1.5, 1000), st.floats(-0.5, -0.01))
def test_what_srgb_cannot_say_survives_a_small_change_and_goes_with_a_large_one(
    light: float, beyond: float
) -> None:
    """A highlight above white, and a green more vivid than sRGB has."""
    raw = np.array([[[light, light, light, 1], [beyond, 0.8, 0, 1]]], np.float32)
    guide = image_of(raw, "RGBA", "F32")
    seen = rgb_over_white(guide, LINEAR)
    assert seen[0, :, 0, 0].tolist() == [1, 1, 1]

    for change, is_kept in ((0.2 * FORGOTTEN, True), (1.1 * FORGOTTEN, False)):
        layer = to_layer(seen - 2 * change, seen, guide, None, LINEAR)
        new = np.frombuffer(layer.data, np.float32).reshape(1, 2, 4)
        assert (new[0, 0, 0] > 1 + 0.7 * (light - 1)) is np.bool_(is_kept)
        assert (new[0, 1, 0] < 0.7 * beyond) is np.bool_(is_kept)
        assert is_kept or new.max() <= 1.001


def test_deep_documents_get_more_steps_than_8_bits_have() -> None:
    raw = np.full((1, 4096, 4), 20_000, np.uint16)
    raw[..., 3] = 65535
    guide = image_of(raw, "RGBA", "U16", "sRGB")
    seen = rgb_over_white(guide)
    made = torch.linspace(-0.5, 0.5, 4096).expand(1, 3, 1, 4096)

    layer = Layout("RGBA", "U16").array(to_layer(made, seen, guide, None))

    assert len(np.unique(layer[..., 0])) == 4096


@given(st.data())
def test_what_is_no_number_does_not_reach_the_model_nor_what_it_changed(
    data: st.DataObject,
) -> None:
    raw = data.draw(any_pixels("RGBA", "F16"))
    guide = image_of(raw, "RGBA", "F16")
    seen = rgb_over_white(guide, LINEAR)
    assert seen.isfinite().all()

    layer = to_layer(somewhere_else(seen), seen, guide, None, LINEAR)

    assert np.isfinite(Layout("RGBA", "F16").array(layer).astype(np.float32)).all()


def test_a_large_picture_is_converted_in_parts_that_make_the_same_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = np.random.default_rng(0).integers(0, 65536, (37, 50, 4)).astype(np.uint16)
    mask = np.random.default_rng(1).integers(0, 3, (37, 50)).astype(np.uint8)
    guide = image_of(raw, "RGBA", "U16")
    whole = rgb_over_white(guide, LINEAR)
    layer = to_layer(somewhere_else(whole), whole, guide, mask, LINEAR)

    for band in (1, 120, 1850):
        monkeypatch.setattr(pixels, "BAND_PIXELS", band)
        assert torch.equal(rgb_over_white(guide, LINEAR), whole)
        assert to_layer(somewhere_else(whole), whole, guide, mask, LINEAR) == layer


@given(any_pixels("RGBA", "U8"))
def test_an_8_bit_srgb_document_is_not_converted_whatever_its_profile_is_called(
    raw: np.ndarray,
) -> None:
    """Nor is one whose profile is sRGB by what it says."""
    named = image_of(raw, "RGBA", "U8", "sRGB")
    said = image_of(raw, "RGBA", "U8", "my screen")

    seen = rgb_over_white(named)
    assert torch.equal(rgb_over_white(said, SRGB), seen)
    layers = (
        to_layer(somewhere_else(seen), seen, named, None),
        to_layer(somewhere_else(seen), seen, said, None, SRGB),
    )
    assert layers[0].data == layers[1].data
