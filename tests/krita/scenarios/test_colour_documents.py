"""Documents of any colour model and depth, edited by hand; Krita converts and judges them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from tests.backend.pictures.icc_made import made_rgb
from tests.krita.documents import Layer, Pixels, Rect
from tests.krita.paintings import colour_difference, rough_landscape
from tests.krita.sdedit_docker import EDIT_TIMEOUT_S, SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 128, 96
WHOLE = (0, 0, WIDTH, HEIGHT)
AREA: Rect = (24, 16, 80, 64)
INSIDE = (slice(16, 80), slice(24, 104))
DOCUMENTS = [
    ("RGBA", "U8", "ClayRGB-elle-V2-g22.icc"),
    ("RGBA", "U16", "sRGB-elle-V2-g10.icc"),
    ("RGBA", "F16", "Rec2020-elle-V4-g10.icc"),
    ("RGBA", "F32", "sRGB-elle-V2-srgbtrc.icc"),
    ("GRAYA", "U8", "Gray-D50-elle-V2-srgbtrc.icc"),
    ("GRAYA", "F32", "Gray-D50-elle-V2-g10.icc"),
    ("CMYKA", "U8", "Chemical proof"),
    ("CMYKA", "F32", "Chemical proof"),
    ("LABA", "U16", "Lab identity built-in"),
]
OPAQUE = {"U8": b"\xff", "U16": b"\xff\xff", "F16": b"\0\x3c", "F32": b"\0\0\x80\x3f"}


@pytest.fixture
def painting(krita: KritaSession) -> None:
    """An opaque painting in 8-bit sRGB."""
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, rough_landscape(WIDTH, HEIGHT))


def convert(krita: KritaSession, model: str, depth: str, profile: str) -> None:
    """As Image ▸ Convert Image Color Space does."""
    krita.run(
        "document = documents.active(); document.setColorSpace(model, depth, profile); "
        "document.waitForDone(); document.refreshProjection(); document.waitForDone()",
        model=model,
        depth=depth,
        profile=profile,
    )
    found = krita.documents.describe()
    assert (found["model"], found["depth"], found["profile"]) == (model, depth, profile)


def shown(krita: KritaSession) -> Pixels:
    """The document as Krita itself shows it in 8-bit sRGB."""
    raw: bytes = krita.run(
        "image = documents.active().projection(*rect).convertToFormat(QtGui.QImage.Format_RGBA8888)"
        "; bits = image.constBits(); bits.setsize(image.sizeInBytes()); bytes(bits)",
        rect=WHOLE,
    )
    return np.frombuffer(raw, np.uint8).reshape(HEIGHT, WIDTH, 4)


def raw_bytes(krita: KritaSession, layer: str | None = None) -> np.ndarray:
    """(H, W, bytes of a pixel) of a layer, or of the whole."""
    documents = krita.documents
    raw = (
        documents.projection_bytes(WHOLE) if layer is None else documents.layer_bytes(layer, WHOLE)
    )
    return np.frombuffer(raw, np.uint8).reshape(HEIGHT, WIDTH, -1)


def edit(krita: KritaSession, docker: SDEditDocker) -> Layer:
    krita.documents.select(AREA)
    before = {layer.id for layer in krita.documents.layers()}
    docker.press()
    # Krita goes on with events while a profile is fetched: the docker may not be at work yet.
    krita.wait_until("len(documents.layers()) > count", EDIT_TIMEOUT_S, count=len(before))
    docker.await_end()
    (made,) = [layer for layer in krita.documents.layers() if layer.id not in before]
    assert made.bounds == AREA
    return made


@pytest.mark.usefixtures("painting")
@pytest.mark.parametrize(("model", "depth", "profile"), DOCUMENTS)
def test_an_edit_is_that_of_srgb_in_the_documents_own_format(
    krita: KritaSession, docker: SDEditDocker, model: str, depth: str, profile: str
) -> None:
    convert(krita, model, depth, profile)
    about, history = krita.documents.describe(), krita.documents.undo_history()
    before, seen_before = raw_bytes(krita), shown(krita)
    background = krita.documents.layer_bytes("Background", WHOLE)

    made = edit(krita, docker)
    krita.screenshot(f"colour-{model}-{depth}")

    assert krita.documents.describe() == {**about, "modified": True}
    assert krita.documents.undo_history() == [*history, "Add Layer"], "one undo step"
    assert krita.documents.layer_bytes("Background", WHOLE) == background
    after, layer = raw_bytes(krita), raw_bytes(krita, made.name)
    changed = (after != before).any(axis=2)
    assert changed[INSIDE].mean() > 0.8
    changed[INSIDE] = False
    assert not changed.any(), "outside of the selection a bit has changed"
    assert (layer[INSIDE][..., -len(OPAQUE[depth]) :] == list(OPAQUE[depth])).all()

    picture = shown(krita)[INSIDE]
    assert colour_difference(picture, seen_before[INSIDE]) > 2, "nothing was changed"
    krita.documents.create("twin", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, seen_before)
    edit(krita, docker)
    if model == "GRAYA":
        convert(krita, model, depth, profile)
    # Krita shows CMYK through tables of 8 bits.
    allowed = 4 if model == "CMYKA" else 1.5
    assert colour_difference(picture, shown(krita)[INSIDE]) < allowed


def test_a_photograph_with_a_profile_of_its_own_is_edited_in_its_colours(
    krita: KritaSession, docker: SDEditDocker, tmp_path: Path
) -> None:
    """No folder of Krita has the profile: it came with the picture alone."""
    wide = made_rgb(gamma=2.2, primaries=(0.64, 0.33, 0.21, 0.71, 0.15, 0.06))
    rgb = np.ascontiguousarray(rough_landscape(WIDTH, HEIGHT)[..., :3])
    PIL.Image.fromarray(rgb).save(tmp_path / "photograph.png", icc_profile=wide)
    krita.documents.open(tmp_path / "photograph.png")
    assert krita.documents.describe()["profile"] not in ("", "sRGB-elle-V2-srgbtrc.icc")
    number = krita.run("len(app.documents())")
    before, seen_before = raw_bytes(krita), shown(krita)

    docker.set(t0=0.01)
    edit(krita, docker)

    assert krita.run("len(app.documents())") == number, "a document was left open"
    assert (raw_bytes(krita) != before)[INSIDE].any()
    # So little noise leaves it nearly as it was; in other colours it would be far from it.
    assert colour_difference(shown(krita)[INSIDE], seen_before[INSIDE]) < 1.5


@pytest.mark.usefixtures("painting")
def test_a_document_converted_meanwhile_is_left_alone(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.set(steps=40)  # some seconds
    docker.begin()
    convert(krita, "RGBA", "F32", "sRGB-elle-V2-g10.icc")
    layers, before = krita.documents.layers(), raw_bytes(krita)

    docker.await_end()

    assert docker.words == (
        "The document was converted to other colours while the picture was made. "
        "Press Generate again."
    )
    assert krita.documents.layers() == layers
    assert (raw_bytes(krita) == before).all()
    krita.screenshot("converted-in-flight", of="sdedit_docker")
