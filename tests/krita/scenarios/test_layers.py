"""The guide is the active layer with all below it, whatever kind of layer that is."""

from __future__ import annotations

import numpy as np
import pytest

from tests.krita.documents import Pixels
from tests.krita.paintings import colour_difference, rough_landscape
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)
RED = (220, 30, 20, 255)
CLOSE = 8.0
"""At a t0 of 0.05 a picture is as near to its guide as this; red is ten times as far."""


def filled(rgba: tuple[int, int, int, int]) -> Pixels:
    return np.full((HEIGHT, WIDTH, 4), rgba, np.uint8)


@pytest.fixture
def painting(krita: KritaSession, docker: SDEditDocker) -> Pixels:
    """A painting on "Background"; t0 so small that a result shows what its guide was."""
    krita.documents.create("landscape", WIDTH, HEIGHT)
    painting = rough_landscape(WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, painting)
    docker.set(t0=0.05)
    return painting


def add_special_layer(krita: KritaSession, kind: str) -> None:
    """A vector layer, a filter layer that inverts all below, or one filled with a colour."""
    krita.run(
        "document, info = documents.active(), krita.InfoObject()\n"
        "everywhere = krita.Selection()\n"
        "everywhere.select(0, 0, document.width(), document.height(), 255)\n"
        "if kind == 'filterlayer':\n"
        "    layer = document.createFilterLayer(kind, app.filter('invert'), everywhere)\n"
        "elif kind == 'filllayer':\n"
        "    info.setProperties({'color': '#dc1e14'})\n"
        "    layer = document.createFillLayer(kind, 'color', info, everywhere)\n"
        "else:\n"
        "    layer = document.createNode(kind, kind)\n"
        "document.rootNode().addChildNode(layer, None)\n"
        "document.setActiveNode(layer)\n"
        "document.refreshProjection()\n"
        "document.waitForDone()",
        kind=kind,
    )


def made_names(krita: KritaSession, count: int) -> list[str]:
    """The names of the topmost layers, a result's shortened to SDEdit."""
    return [name.partition(" t0 ")[0] for name in krita.documents.layer_names()[:count]]


def test_layers_above_the_active_one_are_left_out_and_stay_above(
    krita: KritaSession, docker: SDEditDocker, painting: Pixels
) -> None:
    krita.documents.add_layer("note on top")
    krita.documents.write_layer("note on top", WHOLE, filled(RED))
    krita.documents.activate_layer("Background")
    made = docker.generate()
    assert made_names(krita, 3) == ["note on top", "SDEdit", "Background"]
    picture = krita.documents.layer_pixels(made.name, WHOLE)
    assert colour_difference(picture, painting) < CLOSE
    assert (krita.documents.projection() == filled(RED)).all()
    assert {layer.name for layer in krita.documents.layers() if not layer.visible} == set()


@pytest.mark.usefixtures("painting")
def test_a_layer_that_was_shifted_is_seen_where_it_is(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.add_layer("shifted")
    krita.documents.write_layer("shifted", (0, 0, 100, 60), filled(RED)[:60, :100])
    krita.documents.move_layer("shifted", 130, -20)
    krita.documents.activate_layer("shifted")
    shown = krita.documents.projection()
    assert tuple(shown[30, 150]) == RED
    docker.choose_way("refine")
    made = docker.generate()
    assert made.bounds == WHOLE
    picture = krita.documents.layer_pixels(made.name, WHOLE)
    assert colour_difference(picture, shown) < CLOSE
    assert colour_difference(picture[:40, 130:], shown[:40, 130:]) < CLOSE


@pytest.mark.usefixtures("painting")
def test_a_group_is_a_guide_with_all_inside_it(krita: KritaSession, docker: SDEditDocker) -> None:
    krita.documents.add_layer("group", "grouplayer")
    krita.documents.add_layer("inside", into="group")
    krita.documents.write_layer("inside", (20, 10, 80, 50), filled(RED)[:50, :80])
    krita.documents.activate_layer("group")
    shown = krita.documents.projection()
    krita.wait_until("'Group “group”' in widgets.state('sdedit_guide')['toolTip']")
    docker.choose_way("refine")
    made = docker.generate()
    assert made_names(krita, 3) == ["SDEdit", "group", "inside"]
    assert made.depth == 0
    picture = krita.documents.layer_pixels(made.name, WHOLE)
    assert colour_difference(picture[10:60, 20:100], shown[10:60, 20:100]) < CLOSE
    assert colour_difference(picture, shown) < CLOSE


def test_a_layer_in_a_group_gets_its_result_in_that_group(
    krita: KritaSession, docker: SDEditDocker, painting: Pixels
) -> None:
    krita.documents.add_layer("group", "grouplayer")
    for name in ("lower", "upper"):
        krita.documents.add_layer(name, into="group")
    krita.documents.write_layer("upper", WHOLE, filled(RED))
    krita.documents.activate_layer("lower")
    made = docker.generate()
    assert made_names(krita, 4) == ["group", "upper", "SDEdit", "lower"]
    assert made.depth == 1
    assert colour_difference(krita.documents.layer_pixels(made.name, WHOLE), painting) < CLOSE


def test_a_hidden_active_layer_is_not_in_the_guide_and_stays_hidden(
    krita: KritaSession, docker: SDEditDocker, painting: Pixels
) -> None:
    krita.documents.add_layer("draft")
    krita.documents.write_layer("draft", WHOLE, filled(RED))
    krita.documents.hide_layer("draft")
    krita.documents.activate_layer("draft")
    krita.wait_until("'hidden' in widgets.state('sdedit_guide')['toolTip']")
    docker.await_words("The active layer is hidden: only what lies below it counts.")
    made = docker.generate()
    assert made_names(krita, 3) == ["SDEdit", "draft", "Background"]
    assert colour_difference(krita.documents.layer_pixels(made.name, WHOLE), painting) < CLOSE
    assert not krita.documents.layers()[1].visible


def test_an_active_mask_stands_for_its_layer(
    krita: KritaSession, docker: SDEditDocker, painting: Pixels
) -> None:
    krita.documents.activate_layer("Background")
    krita.run("app.action('add_new_transparency_mask').trigger(); documents.active() and None")
    active = krita.documents.active_layer()
    assert active is not None
    assert active.kind == "transparencymask"
    made = docker.generate()
    assert made_names(krita, 2) == ["SDEdit", "Background"]
    assert colour_difference(krita.documents.layer_pixels(made.name, WHOLE), painting) < CLOSE


def test_a_result_that_is_chosen_becomes_the_next_guide(
    krita: KritaSession, docker: SDEditDocker, painting: Pixels
) -> None:
    docker.set(t0=0.7)
    first = docker.generate()
    picture = krita.documents.layer_pixels(first.name, WHOLE)
    assert colour_difference(picture, painting) > CLOSE
    krita.documents.activate_layer(first.name)
    docker.set(t0=0.05)
    second = docker.generate()
    assert krita.documents.layer_names() == [second.name, first.name, "Background"]
    assert colour_difference(krita.documents.layer_pixels(second.name, WHOLE), picture) < CLOSE


@pytest.mark.parametrize("kind", ["vectorlayer", "filterlayer", "filllayer"])
def test_a_layer_without_pixels_of_its_own_is_a_guide_with_what_is_below(
    krita: KritaSession, docker: SDEditDocker, painting: Pixels, kind: str
) -> None:
    add_special_layer(krita, kind)
    # Krita renders such layers some time after they were made.
    krita.run("windows.settle()")
    shown = krita.documents.projection()
    assert (colour_difference(shown, painting) > 20) == (kind != "vectorlayer"), "it is at work"
    krita.documents.add_layer("note on top")
    krita.documents.write_layer("note on top", (0, 0, 60, 60), filled(RED)[:60, :60])
    krita.documents.activate_layer(kind)
    made = docker.generate()
    assert krita.documents.layer_names() == ["note on top", made.name, kind, "Background"]
    assert colour_difference(krita.documents.layer_pixels(made.name, WHOLE), shown) < CLOSE


def test_a_transparent_painting_is_seen_on_white(krita: KritaSession, docker: SDEditDocker) -> None:
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, filled((0, 0, 0, 0)))
    docker.set(t0=0.05)
    picture = krita.documents.layer_pixels(docker.generate().name, WHOLE)
    assert (picture[:, :, 3] == 255).all()
    assert colour_difference(picture, filled((255, 255, 255, 255))) < CLOSE
