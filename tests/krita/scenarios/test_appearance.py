"""How the docker looks: pictures for people to judge, and a check that all of it is in sight."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from tests.krita.paintings import rough_landscape
from tests.krita.sdedit_docker import SLOW_STEPS, SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 384, 256
ALWAYS_SHOWN = ("guide", "area", "t0_slider", "t0", "steps", "seed", "seed_random", "generate")


@pytest.fixture(params=["Krita dark", "Krita bright"])
def theme(request: pytest.FixtureRequest, krita: KritaSession) -> Iterator[str]:
    """Krita in this theme, and in its default again afterwards."""
    choose_theme(krita, request.param)
    yield request.param.partition(" ")[2]
    choose_theme(krita, "Krita dark")


def choose_theme(krita: KritaSession, name: str) -> None:
    """Settings, Themes, this one."""
    krita.run(
        "actions = windows.main_window().findChildren(QtWidgets.QAction)\n"
        "next(action for action in actions if action.text() == name).trigger()",
        name=name,
    )


def brightness(krita: KritaSession, picture_name: str) -> float:
    """Keep a picture of the docker; the mean of its pixels."""
    krita.screenshot(picture_name)
    with Image.open(krita.screenshot(f"{picture_name}-docker", of="sdedit_docker")) as picture:
        return float(np.asarray(picture.convert("L")).mean())


def assert_all_in_sight(krita: KritaSession) -> None:
    for name in ALWAYS_SHOWN:
        assert krita.run(
            "widget = widgets.find(name); widget.visibleRegion().boundingRect() == widget.rect()",
            name=f"sdedit_{name}",
        ), f"{name} is cut off"


def test_every_state_of_the_docker_is_kept_as_a_picture(
    krita: KritaSession, docker: SDEditDocker, theme: str
) -> None:
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", (0, 0, WIDTH, HEIGHT), rough_landscape(WIDTH, HEIGHT))
    krita.hand.show_whole_image()
    krita.hand.show_dockers("sdedit_docker", "KisLayerBox", width=320, alone=True)
    idle = brightness(krita, f"{theme}-idle")
    assert idle < 100 if theme == "dark" else idle > 150
    assert_all_in_sight(krita)

    docker.set(steps=SLOW_STEPS)
    docker.begin()
    docker.await_words(" left")
    brightness(krita, f"{theme}-at-work")
    assert_all_in_sight(krita)

    docker.rest()
    (front,) = [process.pid for process in krita.processes() if "backend serve" in process.command]
    os.kill(front, signal.SIGKILL)
    docker.await_words("stopped unexpectedly")
    brightness(krita, f"{theme}-problem")
    assert_all_in_sight(krita)

    docker.set(steps=8)
    docker.generate()
    brightness(krita, f"{theme}-done")
    assert_all_in_sight(krita)


def test_a_narrow_docker_shows_everything_too(krita: KritaSession, docker: SDEditDocker) -> None:
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.add_layer("a layer with a name that is rather long")
    krita.documents.activate_layer("a layer with a name that is rather long")
    krita.hand.show_whole_image()
    krita.hand.show_dockers("sdedit_docker", width=100, alone=True)
    krita.documents.select_nothing()
    docker.press()
    brightness(krita, "narrow")
    assert_all_in_sight(krita)
