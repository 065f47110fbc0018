"""Colours of documents in sRGB and back: as Krita has them, or refused in a sentence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.pictures.colour import ColourSpace, UnsupportedPixels, colour_space
from backend.pictures.formats import Layout
from protocol.images import SRGB_PROFILES

from .delta_e import delta_e, delta_e_lab
from .icc_made import kritas, made_cmyk, made_grey, made_rgb

COLOURS = np.array(
    [
        *((0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255)),
        *((128, 128, 128), (200, 120, 40), (30, 90, 160)),
    ],
    np.float32,
) / np.float32(255)
KRITAS_COLOURS = {
    ("LABA", "U8", ""): "008080 ff8080 8ad1c6 e031d1 4bc410 898080 959cb7 5f8154",
    ("LABA", "U16", ""): (
        "000080808080 ffff80808080 fb8aa0d1abc6 d0e0eb30d0d1 b04b0fc50710 2c8980808080"
        " a5956f9c4fb7 b75f94811554"
    ),
    ("GRAYA", "U8", "Gray-D50-elle-V2-srgbtrc.icc"): "00 ff 82 dc 46 80 8d 58",
    ("GRAYA", "U16", "Gray-D50-elle-V2-g10.icc"): "0000 ffff f538 86b7 840f 4237 b243 f618",
    ("RGBA", "U16", "sRGB-elle-V2-g10.icc"): (
        "000000000000 ffffffffffff 00000000ffff 0000ffff0000 ffff00000000 423742374237"
        " 6e051530dc93 fe592d1a5303"
    ),
}
"""What Krita 5.1.5 makes of COLOURS when it converts a document, without alpha."""


def space_of(model: str, file_name: str) -> ColourSpace:
    if not file_name:
        return colour_space(model, "", None)
    profile = kritas(file_name)
    if profile is None:
        pytest.skip("Krita's colour profiles are not on this machine")
    return colour_space(model, file_name, profile)


@pytest.mark.parametrize(("model", "depth", "file_name"), KRITAS_COLOURS)
def test_colours_are_converted_as_krita_converts_them(
    model: str, depth: str, file_name: str
) -> None:
    space, layout = space_of(model, file_name), Layout(model, depth)

    ours = layout.colours(space.from_srgb(COLOURS))

    raw = bytes.fromhex(KRITAS_COLOURS[model, depth, file_name])
    theirs = np.frombuffer(raw, ours.dtype).reshape(ours.shape)
    steps = 1 if depth == "U8" else 6  # Krita rounds twice, through tables of 16 bits
    assert np.abs(ours.astype(int) - theirs).max() <= steps


PROFILES = {
    "linear": ("RGBA", lambda: made_rgb(gamma=1.0)),
    "wide": ("RGBA", lambda: made_rgb(gamma=2.2, primaries=(0.64, 0.33, 0.21, 0.71, 0.15, 0.06))),
    "grey": ("GRAYA", lambda: made_grey(1.8)),
    "Lab": ("LABA", lambda: None),
    "press": ("CMYKA", made_cmyk),
}


@pytest.mark.parametrize("name", PROFILES)
def test_colours_come_back(name: str) -> None:
    model, make = PROFILES[name]
    space = colour_space(model, name if make() else "", make())
    rgb = np.random.default_rng(0).random((3000, 3), np.float32)
    if model == "GRAYA":
        rgb[:] = rgb[:, :1]

    back = space.to_srgb(space.from_srgb(rgb))

    error = delta_e(back.clip(0, 1), rgb)
    # The press cannot print all of them.
    assert np.quantile(error, 0.8 if name == "press" else 1) < 0.15


@pytest.mark.parametrize("name", SRGB_PROFILES)
def test_srgb_is_known_by_its_names(name: str) -> None:
    assert colour_space("RGBA", name, None).is_srgb


@pytest.mark.parametrize("file_name", ["sRGB-elle-V2-srgbtrc.icc", "sRGB-elle-V2-g10.icc"])
def test_srgb_is_known_by_what_its_profile_says(file_name: str) -> None:
    assert space_of("RGBA", file_name).is_srgb is ("srgbtrc" in file_name)


def test_an_empty_name_is_grey_with_the_curve_of_srgb() -> None:
    greys = np.linspace(0, 1, 256, dtype=np.float32)[:, None]

    assert colour_space("GRAYA", "", None).to_srgb(greys) == pytest.approx(
        np.repeat(greys, 3, axis=1), abs=1e-3
    )


@pytest.mark.parametrize(
    ("model", "name"),
    [("RGBA", "Adobe RGB (1998)"), ("CMYKA", ""), ("GRAYA", "Dot Gain 20%"), ("RGBA", "x" * 4096)],
)
def test_a_profile_that_did_not_come_is_named(model: str, name: str) -> None:
    with pytest.raises(UnsupportedPixels, match="did not come with it") as caught:
        colour_space(model, name, None)

    assert name[:20] in caught.value.sentence
    assert len(caught.value.sentence) < 200
    assert (caught.value.code, bool(caught.value.hint)) == ("pixel-format", True)


@pytest.mark.parametrize("model", ["A", "XYZA", "YCbCrA"])
def test_other_models_are_refused_in_a_sentence(model: str) -> None:
    with pytest.raises(UnsupportedPixels, match=f"This document is {model}; SDEdit edits RGB, "):
        colour_space(model, "", None)


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param(b"x", id="one byte"),
        pytest.param(bytes(5000), id="zeros"),
        pytest.param(made_grey(2.2), id="of another model"),
        pytest.param(made_rgb(gamma=2.2)[:300], id="cut off"),
        pytest.param(made_rgb(gamma=2.2).replace(b"rTRC", b"xTRC"), id="a tag missing"),
    ],
)
def test_a_profile_that_says_nothing_useful_is_refused(profile: bytes) -> None:
    with pytest.raises(UnsupportedPixels, match="'mine' of this document cannot be used"):
        colour_space("RGBA", "mine", profile)


@settings(max_examples=40)
@given(st.data())
def test_a_damaged_profile_is_used_or_refused_and_never_worse(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([made_rgb(gamma=2.2), made_cmyk()[:20_000], made_cmyk()]))
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, min(len(damaged), 700) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    try:
        space = colour_space(data.draw(st.sampled_from(["RGBA", "CMYKA"])), "", bytes(damaged))
    except UnsupportedPixels:
        return
    assert space.from_srgb(COLOURS).shape[0] == len(COLOURS)


def test_what_is_no_number_counts_as_zero_and_never_spreads() -> None:
    strange = np.array([[np.nan, 0.5, 0.5], [np.inf, 0.5, -np.inf], [1e30, 0, -1e30]], np.float32)
    for space in (colour_space("RGBA", "", None), colour_space("RGBA", "l", made_rgb(gamma=1.0))):
        seen = space.to_srgb(strange)

        assert np.isfinite(seen).all()
        assert (seen[1].clip(0, 1) == [1, pytest.approx(seen[1, 1]), 0]).all()


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_differences_are_those_of_the_published_table(
    one: tuple[float, ...], other: tuple[float, ...], difference: float
) -> None:
    """Sharma, Wu and Dalal 2005, table 1."""
    found = delta_e_lab(np.array([one]), np.array([other]))

    assert found == pytest.approx([difference], abs=1e-4)
