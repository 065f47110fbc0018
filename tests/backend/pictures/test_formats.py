"""Raw pixels are read and written as Krita has them, in every model and depth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from backend.pictures.formats import DTYPES, PAPER, Layout
from protocol.bounds import Bounds
from protocol.images import CHANNELS, Image, PixelFormat

KRITAS_FORMATS = [
    *((model, depth) for model in ("RGBA", "GRAYA") for depth in ("U8", "U16", "F16", "F32")),
    *((model, depth) for model in ("CMYKA", "LABA") for depth in ("U8", "U16", "F32")),
]
"""What Krita 5.1 offers."""
INTEGERS = [(model, depth) for model, depth in KRITAS_FORMATS if depth.startswith("U")]

KRITAS_WHITE = {
    ("RGBA", "U8"): "ffffffff",
    ("RGBA", "U16"): "ffffffffffffffff",
    ("RGBA", "F16"): "003c003c003c003c",
    ("RGBA", "F32"): "0000803f" * 4,
    ("GRAYA", "U8"): "ffff",
    ("GRAYA", "U16"): "ffffffff",
    ("GRAYA", "F16"): "003c003c",
    ("GRAYA", "F32"): "0000803f0000803f",
    ("CMYKA", "U8"): "00000000ff",
    ("CMYKA", "U16"): "0000000000000000ffff",
    ("CMYKA", "F32"): "00000000" * 4 + "0000803f",
    ("LABA", "U8"): "ff8080ff",
    ("LABA", "U16"): "ffff80808080ffff",
    ("LABA", "F32"): "0000c84200000000000000000000803f",
}
"""Opaque white, little-endian, as `Document.pixelData` of Krita 5.1.5 gives it."""


def raw_pixels(layout: Layout) -> st.SearchStrategy[np.ndarray]:
    """(N, channels) of any raw numbers, infinite ones and no numbers too."""
    dtype = DTYPES[layout.depth]
    return st.integers(1, 8).flatmap(
        lambda count: arrays.arrays(dtype, (count, CHANNELS[layout.model]))
    )


@pytest.mark.parametrize(("model", "depth"), KRITAS_FORMATS)
def test_white_is_what_krita_has_for_it(model: str, depth: str) -> None:
    layout = Layout(model, depth)
    image = Image(
        Bounds(0, 0, 1, 1), PixelFormat(model, depth), bytes.fromhex(KRITAS_WHITE[model, depth])
    )
    (raw,) = layout.array(image)

    assert layout.on_paper(raw).tolist() == [list(PAPER[model])]
    assert layout.is_opaque(raw).all()
    assert (layout.colours(np.array([PAPER[model]], np.float32)) == raw[:, :-1]).all()
    assert layout.alpha(np.array([255], np.uint8)) == raw[:, -1]


@pytest.mark.parametrize("depth", ["U8", "U16", "F16", "F32"])
def test_red_is_where_krita_has_it(depth: str) -> None:
    """The third channel of integers, the first of floats."""
    red = Layout("RGBA", depth).colours(np.array([[1, 0, 0]], np.float32))[0]

    assert red.nonzero()[0].tolist() == [2 if depth.startswith("U") else 0]


@pytest.mark.parametrize(("model", "depth"), INTEGERS)
@given(data=st.data())
def test_opaque_integers_come_back_exactly(model: str, depth: str, data: st.DataObject) -> None:
    layout = Layout(model, depth)
    raw = data.draw(raw_pixels(layout))
    raw[:, -1] = layout.opaque

    assert (layout.colours(layout.on_paper(raw)) == raw[:, :-1]).all()


@pytest.mark.parametrize(("model", "depth"), KRITAS_FORMATS)
@given(data=st.data())
def test_clear_pixels_are_paper_whatever_colour_they_hide(
    model: str, depth: str, data: st.DataObject
) -> None:
    layout = Layout(model, depth)
    raw = data.draw(raw_pixels(layout))
    raw[:, -1] = 0

    assert (layout.on_paper(raw) == PAPER[model]).all()


@pytest.mark.parametrize(("model", "depth"), KRITAS_FORMATS)
def test_half_opaque_pixels_are_between_their_colour_and_paper(model: str, depth: str) -> None:
    layout = Layout(model, depth)
    raw = np.zeros((1, CHANNELS[model]), DTYPES[depth])
    raw[:, -1] = layout.opaque
    colour = layout.on_paper(raw)
    raw[:, -1] = layout.alpha(np.array([51], np.uint8))

    assert layout.on_paper(raw) == pytest.approx(
        0.2 * colour + 0.8 * np.array([PAPER[model]]), abs=0.02
    )


@pytest.mark.parametrize("depth", ["U8", "U16", "F16", "F32"])
def test_a_mask_becomes_alpha_with_all_its_steps(depth: str) -> None:
    layout = Layout("RGBA", depth)
    alpha = layout.alpha(np.arange(256, dtype=np.uint8)).astype(np.float64) / layout.opaque

    assert alpha == pytest.approx(np.arange(256) / 255, abs=3e-4)
    assert (alpha[0], alpha[255]) == (0, 1)


def test_what_no_half_float_can_hold_is_the_greatest_one() -> None:
    colours = Layout("RGBA", "F16").colours(np.array([[1e6, -1e6, 0.5]], np.float32))

    assert colours.tolist() == [[65504, -65504, 0.5]]
