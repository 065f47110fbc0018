"""The core with the real backend and the model that comes with it."""

from __future__ import annotations

import pytest
from sdedit.protocol.bounds import Bounds
from sdedit.settings import Settings

from tests.plugin.desk import Desk
from tests.plugin.fronts import Front

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def real_desk(front: Front, open_desk) -> Desk:
    front.becomes("real")
    desk = open_desk(settings=Settings(t0=0.5, steps=2, seed=7, is_seed_random=False))
    desk.studio.document.canvas = Bounds(0, 0, 90, 70)
    return desk


def test_a_real_edit_honours_the_mask_and_shows_previews(real_desk: Desk) -> None:
    document = real_desk.studio.document
    document.selection = Bounds(20, 10, 30, 40)
    real_desk.edit()
    assert real_desk.state.status.startswith("Done"), real_desk.state
    ((_, picture, area),) = document.added
    assert area == document.selection
    pixels = bytes(picture.data)
    for y in range(70):
        for x in range(90):
            pixel = pixels[4 * (90 * y + x) : 4 * (90 * y + x) + 4]
            if area.contains(Bounds(x, y, 1, 1)):
                assert pixel[3] == 255
            else:
                assert pixel == b"\0\0\0\0"
    assert any(state.preview is not None for state in real_desk.states)
    assert all(not state.preview for state in real_desk.states[:2])


def test_the_same_seed_gives_the_same_picture_and_another_gives_another(real_desk: Desk) -> None:
    for seed in (7, 7, 8):
        real_desk.core.change(seed=seed)
        real_desk.edit()
    first, again, other = (bytes(added[1].data) for added in real_desk.studio.document.added)
    assert first == again
    assert first != other


def test_cancel_of_a_real_edit_is_quick(real_desk: Desk) -> None:
    real_desk.core.change(steps=200)
    real_desk.core.press()
    real_desk.wait_for_status(" %")
    real_desk.core.press()
    # One evaluation of the network on a busy machine, and its way back.
    assert real_desk.wait_for(lambda: not real_desk.state.is_working) < 5
    assert not real_desk.studio.document.added
