"""A layer or mask of the document says, by its grey, how far each place may go."""

from __future__ import annotations

import numpy as np
import pytest

from tests.krita.documents import Pixels
from tests.krita.paintings import photograph
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)


@pytest.fixture
def photo(krita: KritaSession, docker: SDEditDocker) -> Pixels:
    """A photograph, and a t0 that changes much of it."""
    krita.documents.create("photo", WIDTH, HEIGHT)
    photo = photograph(WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, photo)
    docker.set(t0=0.6)
    if not krita.hand.widget("sdedit_t0_map")["visible"]:
        krita.hand.click("sdedit_more")
    return photo


def changed(krita: KritaSession, before: Pixels) -> np.ndarray:
    return (krita.documents.projection() != before).any(axis=2)


def test_where_the_painted_map_is_black_every_pixel_stays(
    krita: KritaSession, docker: SDEditDocker, photo: Pixels
) -> None:
    krita.documents.add_layer("keep")
    krita.documents.activate_layer("keep")
    krita.hand.take_brush(size_px=40, rgb=(0, 0, 0))
    krita.hand.paint_stroke([(40, 64), (150, 64)])
    krita.documents.hide_layer("keep")
    krita.documents.activate_layer("Background")
    krita.hand.choose("sdedit_t0_map", "keep")
    assert docker.text("t0_word") == "by the map"
    history = krita.documents.undo_history()
    docker.generate()
    krita.screenshot("t0-map")
    is_changed = changed(krita, photo)
    black = krita.documents.layer_pixels("keep", WHOLE)[:, :, 3] == 255
    assert black.sum() > 3000
    assert not is_changed[black].any()
    assert is_changed[:30].mean() > 0.8
    assert krita.documents.undo_history() == [*history, "Add Layer"]
    assert not next(layer for layer in krita.documents.layers() if layer.name == "keep").visible


@pytest.mark.usefixtures("photo")
def test_a_map_that_is_gone_is_told_and_an_undo_brings_it_back(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.add_layer("grey")
    krita.documents.write_layer("grey", WHOLE, np.full((HEIGHT, WIDTH, 4), 128, np.uint8))
    krita.documents.hide_layer("grey")
    krita.documents.activate_layer("Background")
    krita.hand.choose("sdedit_t0_map", "grey")
    krita.documents.remove_layer("grey")
    docker.await_words("The layer of the t0 map is gone. Choose another one, or None, under More.")
    krita.screenshot("t0-map-gone", of="sdedit_docker")
    krita.documents.undo()
    krita.wait_until("'is gone' not in widgets.state('sdedit_status')['text']")
    krita.hand.choose("sdedit_t0_map", "None")
    assert docker.text("t0_word") == ""


def test_a_transparency_mask_can_be_the_map(
    krita: KritaSession, docker: SDEditDocker, photo: Pixels
) -> None:
    krita.documents.add_layer("veil")
    krita.documents.activate_layer("veil")
    krita.documents.select((0, 0, 96, HEIGHT))
    krita.run("app.action('add_new_transparency_mask').trigger(); documents.active() and None")
    krita.documents.clear_selection()
    (mask,) = [layer for layer in krita.documents.layers() if layer.kind == "transparencymask"]
    krita.documents.activate_layer("Background")
    krita.hand.choose("sdedit_t0_map", mask.name)
    docker.generate()
    is_changed = changed(krita, photo)
    assert is_changed[:, :96].mean() > 0.8
    assert not is_changed[:, 96:].any()
