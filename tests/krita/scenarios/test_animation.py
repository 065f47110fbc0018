"""Animations: one frame, or a range of them, and the timeline stays where the artist has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.krita.documents import Pixels
from tests.krita.paintings import colour_difference, rough_landscape
from tests.krita.sdedit_docker import EDIT_TIMEOUT_S, REACTION_TIMEOUT_S, SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 96, 64
WHOLE = (0, 0, WIDTH, HEIGHT)
PAINTED = {2: 0, 3: 12, 5: 24}
"""Where keyframes are: how far the landscape has moved there. 4 is held."""
SHOWN = 3


def painting(moved_px: int) -> Pixels:
    return np.roll(rough_landscape(WIDTH, HEIGHT), moved_px, axis=1)


def turn_to(krita: KritaSession, frame: int) -> None:
    krita.run("documents.active().setCurrentTime(frame); documents.active() and None", frame=frame)


def keyframes(krita: KritaSession, layer: str) -> list[int]:
    times: list[int] = krita.run(
        "[t for t in range(12) if documents.active().nodeByName(name).hasKeyframeAtTime(t)]",
        name=layer,
    )
    return times


def timeline(krita: KritaSession) -> dict[str, Any]:
    """What must stay: the time, the active layer, and the document's own layers."""
    return {
        "time": krita.run("documents.active().currentTime()"),
        "layer": krita.documents.active_layer(),
        "steps": krita.documents.undo_history(),
    }


@pytest.fixture
def animation(krita: KritaSession, tmp_path: Path) -> None:
    """Three drawings from frame 2 to frame 6, the second of which is held, seen at the second."""
    krita.documents.create("walk", WIDTH, HEIGHT)
    krita.run(
        """
from PyQt5.QtGui import QImage
blank = QImage(1, 1, QImage.Format_ARGB32)
blank.fill(0)
blank.save(path)
document = documents.active()
document.importAnimation([path] * 2, 2, 1)
document.importAnimation([path], 5, 1)
document.setFullClipRangeStartTime(2)
document.setFullClipRangeEndTime(6)
""",
        path=str(tmp_path / "blank.png"),
    )
    first, second = krita.documents.layer_names()[1::-1]
    for layer, frame in ((first, 2), (first, 3), (second, 5)):
        turn_to(krita, frame)
        krita.documents.write_layer(layer, WHOLE, painting(PAINTED[frame]))
    turn_to(krita, SHOWN)
    krita.documents.activate_layer(second)
    krita.run("documents.active().refreshProjection()")


@pytest.fixture
def unfolded(krita: KritaSession, animation: None, docker: SDEditDocker) -> Iterator[None]:  # noqa: ARG001
    krita.hand.hover("sdedit_status")
    krita.hand.click("sdedit_more")
    krita.wait_until("widgets.state('sdedit_first_frame')['value'] == 2", REACTION_TIMEOUT_S)
    yield
    krita.hand.click("sdedit_more")


@pytest.mark.usefixtures("unfolded")
def test_a_range_of_frames_becomes_one_animated_layer(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    before = timeline(krita)
    names = krita.documents.layer_names()
    assert docker.value("last_frame") == 6, "the range that is played"
    krita.screenshot("animation-before")
    krita.hand.click("sdedit_make_frames")
    docker.await_words("Frame")
    krita.screenshot("animation-working")
    docker.await_end(EDIT_TIMEOUT_S)
    assert "5 frames in" in docker.words, docker.words

    after = timeline(krita)
    (made,) = [name for name in krita.documents.layer_names() if name not in names]
    assert after["time"] == SHOWN
    assert after["layer"] == before["layer"]
    assert len(after["steps"]) == len(before["steps"]) + 1, "one undo takes all of it away"
    krita.screenshot("animation")
    krita.documents.undo()
    assert krita.documents.layer_names() == names
    krita.documents.redo()
    assert keyframes(krita, made) == [0, 2, 3, 5, 7]
    seen = {}
    for frame, moved_px in PAINTED.items():
        turn_to(krita, frame)
        seen[frame] = krita.documents.projection()
        own = colour_difference(seen[frame], painting(moved_px))
        others = [
            colour_difference(seen[frame], painting(other))
            for other in PAINTED.values()
            if other != moved_px
        ]
        assert 0 < own < min(others), f"frame {frame} was made of its own drawing"
    turn_to(krita, 4)
    assert (krita.documents.projection() == seen[3]).all(), "it is held as its drawing is"
    for frame in (0, 7):
        turn_to(krita, frame)
        assert not krita.documents.layer_pixels(made, WHOLE).any(), f"frame {frame} is not covered"


@pytest.mark.usefixtures("animation")
def test_a_single_frame_is_edited_and_no_other_one_is_covered(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.hand.hover("sdedit_status")
    krita.wait_until("'frame 3' in widgets.state('sdedit_area')['text']", REACTION_TIMEOUT_S)
    before = timeline(krita)
    made = docker.generate()
    after = timeline(krita)
    assert after["time"] == SHOWN
    assert after["layer"] == before["layer"]
    assert len(after["steps"]) == len(before["steps"]) + 1
    assert keyframes(krita, made.name) == [0, 3, 5], "where its drawing is held"
    shown = krita.documents.projection()
    assert (
        0
        < colour_difference(shown, painting(PAINTED[3]))
        < colour_difference(shown, painting(PAINTED[2]))
    )
    for frame in (2, 5):
        turn_to(krita, frame)
        assert (krita.documents.projection() == painting(PAINTED[frame])).all()
