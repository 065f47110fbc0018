"""Jobs of one document and of several, while the artist undoes, redoes, closes and renames."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.krita.paintings import colour_difference, rough_landscape
from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession

WIDTH, HEIGHT = 192, 128
WHOLE = (0, 0, WIDTH, HEIGHT)
# Some seconds of work: time enough to do something meanwhile.
STEPS = 60
FIRST, SECOND = "SDEdit t0 0.05 seed 7", "SDEdit t0 0.05 seed 8"


@pytest.fixture(autouse=True)
def _painting(krita: KritaSession, docker: SDEditDocker) -> Iterator[None]:
    create(krita, "one")
    docker.set(t0=0.05, steps=STEPS)
    yield
    while docker.is_working:
        docker.press()
        docker.await_words("Cancelled")


def create(krita: KritaSession, name: str) -> None:
    krita.documents.create(name, WIDTH, HEIGHT)
    krita.documents.write_layer("Background", WHOLE, rough_landscape(WIDTH, HEIGHT))


def generate_by_menu(krita: KritaSession) -> None:
    """Generate while the button means Cancel."""
    krita.run("app.action('sdedit_generate').trigger()")


def test_jobs_in_line_each_come_with_what_was_set_when_they_were_asked_for(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.begin()
    docker.set(steps=4, seed=8)
    generate_by_menu(krita)
    docker.await_words("1 more after it.")
    docker.await_end()
    assert krita.documents.layer_names() == [SECOND, FIRST, "Background"]
    assert krita.documents.undo_history() == ["Add Layer", "Add Layer"]


def test_two_documents_get_a_picture_each(krita: KritaSession, docker: SDEditDocker) -> None:
    docker.begin()
    create(krita, "two")
    docker.set(steps=4, seed=8)
    docker.press()
    docker.await_words("Waiting")
    krita.screenshot("two-documents")
    krita.hand.turn_to_document("one")
    docker.await_end()
    assert krita.documents.layer_names() == [FIRST, "Background"]
    krita.hand.turn_to_document("two")
    docker.await_end()
    assert krita.documents.layer_names() == [SECOND, "Background"]
    assert krita.documents.undo_history() == ["Add Layer"]


def test_a_document_closed_with_its_job_in_line_leaves_the_other_its_own(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    docker.begin()
    create(krita, "two")
    docker.set(steps=200)
    docker.press()
    docker.await_words("Waiting")
    krita.documents.close("two")
    krita.wait_until("app.activeDocument().name() == 'one'")
    docker.await_end()
    assert krita.documents.layer_names() == [FIRST, "Background"]


def test_undo_and_redo_work_before_while_and_after_the_result_comes(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.hand.take_brush(size_px=20, rgb=(220, 30, 20))
    krita.hand.paint_stroke([(80, 60), (120, 60)])
    painted = krita.documents.layer_pixels("Background", WHOLE)
    docker.begin()
    krita.hand.press_keys("ctrl+z")
    krita.wait_until("documents.undo_history() == []")
    assert docker.is_working, "the undo was not quick enough to prove anything"
    krita.hand.press_keys("ctrl+shift+z")
    krita.wait_until("documents.undo_history() == ['Freehand Brush Stroke']")
    krita.hand.press_keys("ctrl+z")
    docker.await_end()
    assert krita.documents.undo_history() == ["Add Layer"]
    picture = krita.documents.layer_pixels(FIRST, WHOLE)
    assert colour_difference(picture, painted) < 8, "as it was when begun"

    krita.hand.press_keys("ctrl+z")
    krita.wait_until("len(documents.layers()) == 1")
    krita.wait_until("'Done' not in widgets.state('sdedit_status')['text']")
    krita.hand.press_keys("ctrl+shift+z")
    krita.wait_until("len(documents.layers()) == 2")
    assert (krita.documents.layer_pixels(FIRST, WHOLE) == picture).all()
    assert krita.documents.undo_history() == ["Add Layer"]


def test_the_guides_layer_renamed_and_moved_meanwhile_is_found(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.add_layer("group", "grouplayer")
    krita.documents.add_layer("sketch")
    krita.documents.activate_layer("sketch")
    docker.begin()
    krita.run(
        "sketch, group = documents.layer('sketch'), documents.layer('group')\n"
        "sketch.setName('renamed')\n"
        "sketch.parentNode().removeChildNode(sketch)\n"
        "group.addChildNode(sketch, None)\n"
        "documents.active().waitForDone()"
    )
    docker.await_end()
    assert "as a new layer" in docker.words
    assert krita.documents.layer_names() == ["group", FIRST, "renamed", "Background"]
