"""The guide: a layer with all below, that layer alone, or all that is seen, as Krita shows it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.krita.documents import Pixels
from tests.krita.paintings import colour_difference, photograph
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)
RED = (220, 30, 20, 255)
BELOW, ALONE, VISIBLE = "Active layer and below", "Active layer only", "Everything visible"
CLOSE = 8.0
"""At a t0 of 0.05 a picture is as near to its guide as this; red is ten times as far."""


@pytest.fixture
def painting(krita: KritaSession, docker: SDEditDocker) -> Iterator[Pixels]:
    """A photograph with a half transparent, multiplied red shape in a group over it, a hidden
    layer, and a note on top; the shape is active."""
    krita.documents.create("layers", WIDTH, HEIGHT)
    photo = photograph(WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, photo)
    krita.documents.add_layer("group", "grouplayer")
    krita.documents.add_layer("shape", into="group")
    krita.documents.write_layer("shape", (40, 30, 100, 60), filled(100, 60))
    for name in ("hidden", "note"):
        krita.documents.add_layer(name)
        krita.documents.write_layer(name, (100, 60, 80, 50), filled(80, 50))
    krita.run(
        "documents.layer('shape').setBlendingMode('multiply')\n"
        "documents.layer('group').setOpacity(128)\n"
        "documents.active().refreshProjection()\n"
        "documents.active().waitForDone()"
    )
    krita.documents.hide_layer("hidden")
    krita.documents.activate_layer("shape")
    docker.set(t0=0.05)
    yield photo
    docker.choose_guide(BELOW)


def filled(width: int, height: int) -> Pixels:
    return np.full((height, width, 4), RED, np.uint8)


def switches(krita: KritaSession) -> dict[str, tuple[bool, int, str]]:
    """What is set of each layer and mask."""
    layers = krita.documents.layers()
    return {layer.id: (layer.visible, layer.opacity, layer.blending) for layer in layers}


def generate(krita: KritaSession, docker: SDEditDocker, guide: str) -> Pixels:
    """Choose a guide, make a picture of the whole canvas, and prove that nothing else changed."""
    docker.choose_guide(guide)
    docker.choose_way("refine")
    before = switches(krita)
    history = krita.documents.undo_history()
    made = docker.generate()
    after = switches(krita)
    del after[made.id]
    assert after == before, "no layer was switched off or on"
    assert krita.documents.undo_history() == [*history, "Add Layer"]
    return krita.documents.layer_pixels(made.name, WHOLE)


@pytest.mark.usefixtures("painting")
def test_everything_visible_is_what_is_seen_and_the_result_comes_on_top(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    shown = krita.documents.projection()
    picture = generate(krita, docker, VISIBLE)
    assert colour_difference(picture, shown) < CLOSE
    assert colour_difference(picture[60:110, 140:180], filled(40, 50)) < CLOSE, "with the note"
    assert krita.documents.layers()[0].name.startswith("SDEdit")
    krita.screenshot("guide-everything-visible")


def test_the_active_layer_and_below_is_without_what_lies_above(
    krita: KritaSession, docker: SDEditDocker, painting: Pixels
) -> None:
    shown = krita.documents.projection()
    picture = generate(krita, docker, BELOW)
    assert colour_difference(picture[60:110, 145:180], painting[60:110, 145:180]) < CLOSE
    assert colour_difference(picture[30:60, 40:100], shown[30:60, 40:100]) < CLOSE


@pytest.mark.usefixtures("painting")
def test_the_active_layer_only_is_seen_on_white_with_its_mask_and_its_groups_opacity(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.select((0, 0, 90, HEIGHT))
    krita.run("app.action('add_new_transparency_mask').trigger(); documents.active() and None")
    krita.documents.clear_selection()
    krita.documents.activate_layer("shape")
    expected = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    expected[30:90, 40:90] = (np.array(RED) + 255) // 2
    picture = generate(krita, docker, ALONE)
    assert colour_difference(picture, expected) < CLOSE
    assert colour_difference(picture[40:80, 50:80], expected[40:80, 50:80]) < CLOSE
    assert colour_difference(picture[40:80, 100:130], expected[40:80, 100:130]) < CLOSE, "masked"


@pytest.mark.usefixtures("painting")
def test_a_hidden_layer_cannot_be_the_guide_alone(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.choose_guide(ALONE)
    krita.documents.activate_layer("hidden")
    docker.await_words("The active layer is hidden. Show it, or choose another guide.")
    docker.press()
    assert not docker.is_working
