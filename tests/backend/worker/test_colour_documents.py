"""An edit of any document is the edit of its sRGB twin, in the document's own format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from backend.models.landscape import LandscapeModel
from backend.models.loading import load_model
from backend.pictures.colour import UnsupportedPixels, colour_space
from backend.pictures.formats import DTYPES, Layout
from backend.worker.job import run_edit
from protocol.bounds import Bounds
from protocol.images import CHANNELS, MASK, Image, PixelFormat
from protocol.messages import EditRequest
from tests.backend.pictures.delta_e import delta_e
from tests.backend.pictures.icc_made import kritas, made_cmyk, made_grey, made_rgb
from tests.backend.pictures.test_formats import KRITAS_FORMATS

PAINTING = Path(__file__).parents[3] / "backend/samples/painting.png"
SIDE = 64
WINDOW = Bounds(0, 0, SIDE, SIDE)
MADE = {
    "linear": made_rgb(gamma=1.0),
    "wide": made_rgb(gamma=2.2, primaries=(0.64, 0.33, 0.21, 0.71, 0.15, 0.06)),
    "grey": made_grey(2.2),
    "press": made_cmyk(),
}
DOCUMENTS = [
    ("RGBA", "U8", "linear", 5.5),
    ("RGBA", "U8", "wide", 2.0),
    ("RGBA", "U16", "linear", 1.0),
    ("RGBA", "F16", "wide", 1.0),
    ("RGBA", "F32", "sRGB", 1.0),
    ("GRAYA", "U8", "grey", 1.0),
    ("GRAYA", "F16", "grey", 1.0),
    ("LABA", "U8", "", 2.0),
    ("LABA", "U16", "", 1.0),
    ("CMYKA", "U8", "press", 2.0),
    ("CMYKA", "F32", "press", 1.5),
    ("RGBA", "U16", "sRGB-elle-V2-g10.icc", 1.0),
    ("RGBA", "F32", "Rec2020-elle-V4-g10.icc", 1.0),
    ("GRAYA", "U16", "Gray-D50-elle-V2-srgbtrc.icc", 1.0),
    ("CMYKA", "U16", "cmyk.icm", 2.0),
]
"""Model, depth and profile, and the greatest CIEDE2000 of any pixel within the document's gamut;
the table in docs/colour.md was made in the same way, of 128×128 pixels."""


@pytest.fixture(scope="module")
def model() -> LandscapeModel:
    return load_model("landscape", "cpu")


@pytest.fixture(scope="module")
def painting() -> np.ndarray:
    """(N, 3) sRGB in [0, 1]."""
    with PIL.Image.open(PAINTING) as picture:
        small = picture.convert("RGB").resize((SIDE, SIDE), PIL.Image.Resampling.LANCZOS)
        return np.asarray(small).reshape(-1, 3).astype(np.float32) / 255


class Kind:
    """One kind of document."""

    def __init__(self, model: str, depth: str, name: str) -> None:
        self.format = PixelFormat(model, depth, name)
        self.layout = Layout(model, depth)
        self.profile = MADE.get(name)
        if self.profile is None and self.format.needs_profile:
            self.profile = kritas(name)
            if self.profile is None:
                pytest.skip("Krita's colour profiles are not on this machine")
        self.space = colour_space(model, name, self.profile)

    def painted(self, rgb: np.ndarray) -> Image:
        """An opaque document that shows these colours."""
        raw = np.empty((len(rgb), CHANNELS[self.format.model]), DTYPES[self.format.depth])
        raw[:, :-1] = self.layout.colours(self.space.from_srgb(rgb))
        raw[:, -1] = self.layout.opaque
        return Image(WINDOW, self.format, raw.tobytes())

    def raw(self, image: Image) -> np.ndarray:
        return self.layout.array(image).reshape(SIDE * SIDE, -1)

    def shown(self, image: Image) -> np.ndarray:
        """(N, 3), as it looks on a screen."""
        return self.space.to_srgb(self.layout.on_paper(self.raw(image))).clip(0, 1)


def edited(model: LandscapeModel, guide: Image, profile: bytes | None, **changes) -> Image:
    settings = {"t0": 0.45, "steps": 6, "seed": 3, "profile": profile} | changes
    *_, last = run_edit(EditRequest("a job", guide, SIDE, SIDE, **settings), model)
    (picture,) = last.results
    return picture


@pytest.mark.parametrize(("space", "depth", "name", "greatest"), DOCUMENTS)
def test_it_looks_like_the_same_edit_in_srgb(model, painting, space, depth, name, greatest):
    kind, srgb = Kind(space, depth, name), Kind("RGBA", "U8", "")
    guide = kind.painted(painting)
    twin = srgb.painted(kind.shown(guide))

    result = edited(model, guide, kind.profile)

    assert (result.bounds, result.format) == (guide.bounds, guide.format)
    found, expected = kind.shown(result), srgb.shown(edited(model, twin, None))
    nearest = kind.space.to_srgb(kind.space.from_srgb(expected))
    if space == "GRAYA":
        expected = nearest.clip(0, 1)
    is_in_gamut = np.abs(nearest - expected).max(axis=1) < 1 / 255
    assert is_in_gamut.mean() > 0.7
    difference = delta_e(found, expected)
    assert difference[is_in_gamut].max() < greatest
    assert difference.mean() < 0.6
    assert delta_e(found, kind.shown(guide)).mean() > 2, "nothing was changed"


@pytest.mark.parametrize(("space", "depth"), KRITAS_FORMATS)
def test_as_t0_goes_to_0_the_original_comes_back_within_one_step(model, painting, space, depth):
    name = {"RGBA": "linear", "GRAYA": "grey", "CMYKA": "press", "LABA": ""}[space]
    kind = Kind(space, depth, name)
    guide = kind.painted(painting)
    before = kind.raw(guide).copy()
    vivid = {"RGBA": 1.7, "GRAYA": 1.7, "CMYKA": 100, "LABA": 110}[space]
    before[:50, 0] = min(vivid, 255) if depth.startswith("U") else vivid  # beyond sRGB's gamut
    guide = Image(WINDOW, kind.format, before.tobytes())

    after = kind.raw(edited(model, guide, kind.profile, t0=1e-9))

    if depth.startswith("U"):
        assert np.abs(after.astype(int) - before).max() <= 1
    else:
        steps = after.view(f"i{after.itemsize}").astype(int) - before.view(f"i{after.itemsize}")
        is_large = np.abs(before) > 1e-2 * vivid  # below, a step is finer than sRGB in float32
        assert np.abs(steps[is_large]).max() <= 1
        assert np.abs(after - before).max() <= 1e-6 * vivid


@pytest.mark.parametrize(("space", "depth"), KRITAS_FORMATS)
def test_outside_the_mask_the_layer_has_no_bit_set(model, painting, space, depth):
    name = {"RGBA": "wide", "GRAYA": "grey", "CMYKA": "press", "LABA": ""}[space]
    kind = Kind(space, depth, name)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[20:40, 10:50] = np.arange(0, 240, 6, dtype=np.uint8)

    layer = edited(
        model,
        kind.painted(painting),
        kind.profile,
        steps=1,
        mask=Image(WINDOW, MASK, mask.tobytes()),
    )

    raw = kind.raw(layer)
    assert not raw[mask.reshape(-1) == 0].view(np.uint8).any()
    assert (raw[:, -1] == kind.layout.alpha(mask).reshape(-1)).all()


def test_variants_and_several_t0_come_in_the_documents_format_too(model, painting):
    kind = Kind("LABA", "U16", "")
    guide = kind.painted(painting)
    for changes in ({"variants": 2}, {"t0s": (1e-9, 0.5)}):
        *_, last = run_edit(EditRequest("a job", guide, SIDE, SIDE, steps=2, **changes), model)
        assert [picture.format for picture in last.results] == [kind.format] * 2
        assert bytes(last.results[0].data) != bytes(last.results[1].data)
        if "t0s" in changes:
            assert np.abs(kind.raw(last.results[0]) - kind.raw(guide).astype(int)).max() <= 1


def test_a_preview_of_any_document_is_8_bit_srgb(model, painting):
    kind = Kind("CMYKA", "F32", "press")
    request = EditRequest("a job", kind.painted(painting), SIDE, SIDE, profile=kind.profile)

    step = next(run_edit(request, model))

    assert step.preview().format == PixelFormat("RGBA", "U8", "")


def test_a_document_whose_profile_did_not_come_is_refused_before_any_evaluation(model, painting):
    guide = Kind("CMYKA", "U8", "press").painted(painting)

    with pytest.raises(UnsupportedPixels, match="'press' of this document did not come with it"):
        next(run_edit(EditRequest("a job", guide, SIDE, SIDE), model))
