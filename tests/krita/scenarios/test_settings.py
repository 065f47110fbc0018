"""What is typed is what is used, and the same settings make the same picture."""

from __future__ import annotations

import numpy as np
import pytest

from tests.krita.documents import Pixels
from tests.krita.paintings import colour_difference, rough_landscape
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)


@pytest.fixture
def painting(krita: KritaSession) -> Pixels:
    """An opaque painting on the one layer there is."""
    krita.documents.create("landscape", WIDTH, HEIGHT)
    painting = rough_landscape(WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, painting)
    return painting


def generated(krita: KritaSession, docker: SDEditDocker) -> Pixels:
    """Generate, and return the new layer's pixels."""
    return krita.documents.layer_pixels(docker.generate().name, WHOLE)


@pytest.mark.usefixtures("painting")
def test_a_seed_makes_the_same_picture_again_and_another_seed_another(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.set(seed=7)
    first = generated(krita, docker)
    docker.set(seed=2_147_483_647)
    other = generated(krita, docker)
    docker.set(seed=7)
    again = generated(krita, docker)
    assert np.array_equal(again, first)
    # Shifted by noise everywhere, and not merely in a pixel somewhere.
    assert (other != first).any(axis=2).mean() > 0.5


def test_t0_typed_by_keyboard_is_used_and_on_the_layers_name(
    krita: KritaSession, docker: SDEditDocker, painting: Pixels
) -> None:
    docker.set(t0=0.1)
    faithful = docker.generate()
    docker.set(t0=0.625)
    assert docker.value("t0_slider") == 625
    free = docker.generate()
    assert faithful.name == "SDEdit t0 0.10 seed 7"
    assert free.name == "SDEdit t0 0.625 seed 7"
    near, far = (
        colour_difference(krita.documents.layer_pixels(layer.name, WHOLE), painting)
        for layer in (faithful, free)
    )
    assert near < far / 2


@pytest.mark.usefixtures("painting")
def test_a_number_still_being_typed_is_used_when_generate_is_clicked(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.hand.click("sdedit_t0")
    krita.hand.press_keys("ctrl+a", "0", "period", "3", "3")
    assert docker.generate().name == "SDEdit t0 0.33 seed 7"


@pytest.mark.usefixtures("painting")
def test_the_slider_dragged_by_hand_moves_the_number(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.hand.drag_across("sdedit_t0_slider", 0.45, 0.8)
    t0 = docker.value("t0")
    assert 0.75 <= t0 <= 0.85
    assert f"t0 {t0:.3f}".rstrip("0") in docker.generate().name


@pytest.mark.usefixtures("painting")
def test_a_random_seed_is_new_each_time_and_shown(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.choose_random_seed(True)
    assert not krita.hand.widget("sdedit_seed")["enabled"]
    names = []
    for _ in range(2):
        made = docker.generate()
        names.append(made.name)
        assert made.name == f"SDEdit t0 0.45 seed {docker.value('seed')}"
    assert names[0] != names[1]

    # The seed shown makes that picture again once Random is off.
    chosen = krita.documents.layer_pixels(names[1], WHOLE)
    docker.choose_random_seed(False)
    krita.documents.remove_layer(names[1])
    again = docker.generate()
    assert again.name == names[1]
    assert np.array_equal(krita.documents.layer_pixels(again.name, WHOLE), chosen)


def test_settings_out_of_range_are_brought_into_it(docker: SDEditDocker) -> None:
    docker.set(t0=7, steps=0)
    assert docker.value("t0") <= 1.0
    assert docker.value("steps") >= 1
