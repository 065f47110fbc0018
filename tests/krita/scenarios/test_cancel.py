"""The button cancels while an edit is under way, and the document stays as it was."""

from __future__ import annotations

import time

import pytest

from tests.krita.paintings import rough_landscape
from tests.krita.sdedit_docker import SLOW_STEPS, SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)
# The step that is under way is finished first: a tenth of a second on this canvas.
CANCEL_LIMIT_S = 3.0


@pytest.fixture(autouse=True)
def _painting(krita: KritaSession) -> None:
    krita.documents.create("landscape", WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, rough_landscape(WIDTH, HEIGHT))


def assert_untouched(krita: KritaSession) -> None:
    """Nothing is in the document but the painting."""
    assert krita.documents.layer_names() == ["Background"]
    assert krita.documents.undo_history() == []
    assert (krita.documents.projection() == rough_landscape(WIDTH, HEIGHT)).all()


def test_an_edit_that_was_cancelled_leaves_no_layer_and_the_next_one_works(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.set(steps=SLOW_STEPS)
    docker.begin()
    assert docker.text("generate") == "Cancel"
    docker.press()
    pressed_at = time.monotonic()
    docker.await_end()
    cancelled_s = time.monotonic() - pressed_at
    print(f"cancelled within {cancelled_s:.2f} s")
    assert cancelled_s < CANCEL_LIMIT_S
    assert docker.words == "Cancelled. The document is as it was."
    assert_untouched(krita)

    docker.set(steps=4)
    docker.generate()
    assert len(krita.documents.layers()) == 2


def test_cancelling_at_once_and_beginning_anew_gives_one_layer(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.set(steps=SLOW_STEPS)
    docker.press()
    docker.press()
    docker.await_words("Cancelled.")
    docker.await_end()
    assert_untouched(krita)
    docker.set(steps=4)
    made = docker.generate()
    krita.run("windows.settle()")
    assert krita.documents.layer_names() == [made.name, "Background"]


def test_the_scripts_menu_can_begin_and_cancel_too(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.set(steps=SLOW_STEPS)
    krita.run("app.action('sdedit_generate').trigger()")
    docker.await_words(" %")
    krita.run("app.action('sdedit_cancel').trigger()")
    docker.await_words("Cancelled.")
    docker.await_end()
    assert_untouched(krita)
