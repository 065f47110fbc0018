"""Finding t0 in the real Krita: a strip, two compared, one proposed, all by real clicks."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.krita.documents import Pixels
from tests.krita.paintings import colour_difference, rough_landscape
from tests.krita.sdedit_docker import REACTION_TIMEOUT_S, SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)
T0S = (0.25, 0.35, 0.45, 0.55, 0.65)


@pytest.fixture
def painting(krita: KritaSession, docker: SDEditDocker) -> Pixels:
    """A painting on "Background"; little time for each picture."""
    krita.documents.create("landscape", WIDTH, HEIGHT)
    painting = rough_landscape(WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, painting)
    docker.show(width=360)
    krita.hand.show_whole_image()
    return painting


def make_strip(krita: KritaSession, docker: SDEditDocker) -> None:
    krita.hand.click("sdedit_strip")
    docker.await_words("5 pictures in ")


def on_canvas(krita: KritaSession, name: str) -> Pixels:
    """What is seen where the document is."""
    placement = krita.hand.show_whole_image()
    left, top = placement.on_screen((0, 0))
    side = (round(WIDTH * placement.zoom), round(HEIGHT * placement.zoom))
    with Image.open(krita.screenshot(name)) as screen:
        part = screen.convert("RGBA").crop((left, top, left + side[0], top + side[1]))
        return np.asarray(part.resize((WIDTH, HEIGHT), Image.Resampling.BOX))


def is_over_canvas(krita: KritaSession) -> bool:
    names = "[widget.objectName() for widget in QtWidgets.QApplication.allWidgets()]"
    return bool(krita.run(f"'sdedit_canvas_overlay' in {names}"))


def test_a_strip_is_looked_at_without_a_trace_and_one_click_keeps_one(
    krita: KritaSession, docker: SDEditDocker, painting: Pixels
) -> None:
    before, was = krita.documents.fingerprint(), krita.documents.describe()
    make_strip(krita, docker)
    seen = []
    for nth in (0, 4):
        krita.hand.point_at(f"sdedit_candidate_{nth}")
        krita.wait_until("widgets.state('sdedit_canvas_overlay')['on_screen']")
        seen.append(on_canvas(krita, f"strip-pointed-{nth}"))
        assert "t0 0." in docker.text("candidate_words")
    assert colour_difference(seen[0], painting) < colour_difference(seen[1], painting)
    assert krita.documents.fingerprint() == before
    assert krita.documents.describe() == was, "not even modified"

    krita.hand.click("sdedit_candidate_4")
    docker.await_words("Kept as a new layer.")
    assert krita.documents.layer_names() == ["SDEdit t0 0.65 seed 7", "Background"]
    kept = krita.documents.layer_pixels("SDEdit t0 0.65 seed 7", WHOLE)
    assert colour_difference(kept, seen[1]) < 1.0, "what was seen is what was kept"
    assert docker.value("t0") == 0.65
    krita.screenshot("strip-kept", of="sdedit_docker")
    krita.documents.undo()
    assert {**krita.documents.fingerprint(), "undo": ""} == {**before, "undo": ""}
    assert krita.documents.undo_history() == []


@pytest.mark.usefixtures("painting")
def test_the_slider_scrubs_between_the_pictures_with_the_backend_dead(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    make_strip(krita, docker)
    (front,) = [process.pid for process in krita.processes() if "backend serve" in process.command]
    os.kill(front, signal.SIGKILL)
    docker.await_words("stopped unexpectedly")
    before = krita.documents.fingerprint()
    with krita.hand.holding_drag("sdedit_t0_slider", 0.45, 0.27):
        krita.wait_until("widgets.state('sdedit_canvas_overlay')['on_screen']")
        assert "t0 0.25" in docker.text("candidate_words")
        low = on_canvas(krita, "scrubbed-low")
    assert not is_over_canvas(krita)
    with krita.hand.holding_drag("sdedit_t0_slider", 0.27, 0.64):
        assert "t0 0.65" in docker.text("candidate_words")
        high = on_canvas(krita, "scrubbed-high")
    assert colour_difference(low, high) > 1.0
    assert krita.documents.fingerprint() == before
    krita.run("app.action('sdedit_apply').trigger()")
    krita.wait_until("len(documents.layers()) == 2")
    assert krita.documents.layer_names()[0] == "SDEdit t0 0.65 seed 7"
    assert not [item for item in krita.processes() if "backend serve" in item.command]


@pytest.mark.usefixtures("painting")
def test_the_keyboard_points_at_and_keeps_a_candidate(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    make_strip(krita, docker)
    # Krita takes Tab itself, so the keyboard is put there; from here on it is the real one.
    krita.run("widgets.find('sdedit_candidate_4').setFocus(QtCore.Qt.TabFocusReason)")
    krita.wait_until("widgets.has_keyboard('sdedit_candidate_4')")
    krita.hand.press_keys("Left")
    krita.wait_until("widgets.has_keyboard('sdedit_candidate_3')")
    krita.wait_until("widgets.state('sdedit_canvas_overlay')['on_screen']")
    krita.hand.press_keys("Return")
    docker.await_words("Kept as a new layer.")
    assert krita.documents.layer_names()[0] == "SDEdit t0 0.55 seed 7"


@pytest.mark.usefixtures("painting")
def test_five_choices_set_t0(krita: KritaSession, docker: SDEditDocker) -> None:
    before = krita.documents.fingerprint()
    krita.hand.click("sdedit_compare")
    for nth in range(1, 6):
        krita.wait_until(
            "widgets.state('sdedit_question')['text'] == words"
            " and widgets.state('sdedit_more_mine')['enabled']",
            90.0,
            words=f"Choice {nth} of 5",
        )
        krita.screenshot(f"compare-{nth}", of="sdedit_docker")
        krita.hand.click("sdedit_more_mine")
    docker.await_words("Your t0 is 0.2", REACTION_TIMEOUT_S)
    assert 0.2 <= docker.value("t0") < 0.26
    assert krita.documents.fingerprint() == before
    krita.screenshot("compare-done", of="sdedit_docker")


@pytest.mark.usefixtures("painting")
def test_auto_moves_the_slider_and_says_why(krita: KritaSession, docker: SDEditDocker) -> None:
    docker.set(t0=0.9)
    krita.hand.click("sdedit_auto")
    krita.wait_until("widgets.state('sdedit_t0')['value'] < 0.9", 90.0)
    docker.await_end()
    assert "t0" in docker.words or "paint" in docker.words
    krita.screenshot("auto", of="sdedit_docker")


def test_of_a_deep_document_a_picture_is_seen_in_its_colours_and_sharp(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.create("deep", WIDTH, HEIGHT, depth="F32")
    row = np.linspace(0.0, 1.0, WIDTH, dtype=np.float32)  # linear light, as Krita makes such
    pixels = np.ones((HEIGHT, WIDTH, 4), np.float32)
    pixels[:, :, :3] = row[:, None]
    krita.run(
        "documents.write_layer('Background', rect, pixels)", rect=WHOLE, pixels=pixels.tobytes()
    )
    docker.show(width=360)
    before = krita.documents.fingerprint()
    make_strip(krita, docker)
    krita.hand.point_at("sdedit_candidate_4")
    krita.wait_until("widgets.state('sdedit_canvas_overlay')['on_screen']")
    seen = on_canvas(krita, "deep-pointed")
    assert krita.documents.fingerprint() == before
    krita.hand.click("sdedit_candidate_4")
    docker.await_words("Kept as a new layer.")
    krita.screen.move_pointer(5, 5)
    assert colour_difference(on_canvas(krita, "deep-kept"), seen) < 2.0


@pytest.mark.usefixtures("painting")
def test_it_fits_a_narrow_docker(krita: KritaSession, docker: SDEditDocker) -> None:
    krita.hand.show_dockers("sdedit_docker", width=250, alone=True)
    make_strip(krita, docker)
    krita.screenshot("strip-narrow", of="sdedit_docker")
    for name in ("candidate_0", "candidate_4", "put_away", "candidate_words"):
        assert krita.run(
            "widget = widgets.find(name); widget.visibleRegion().boundingRect() == widget.rect()",
            name=f"sdedit_{name}",
        ), f"{name} is cut off"


@pytest.mark.usefixtures("painting")
def test_a_document_that_was_saved_has_its_t0_when_it_is_opened_again(
    krita: KritaSession, docker: SDEditDocker, tmp_path: Path
) -> None:
    make_strip(krita, docker)
    krita.hand.click("sdedit_candidate_0")
    docker.await_words("Kept as a new layer.")
    krita.documents.save_as(tmp_path / "painting.kra")
    krita.documents.close_all()
    krita.documents.create("another", WIDTH, HEIGHT)
    docker.set(t0=0.9)
    krita.documents.open(tmp_path / "painting.kra")
    krita.wait_until("widgets.state('sdedit_t0')['value'] == 0.25")
