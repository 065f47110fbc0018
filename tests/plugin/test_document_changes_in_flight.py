"""Whatever becomes of the document while an edit is under way, the artist is told."""

from __future__ import annotations

import pytest
from sdedit.panel_state import Mood
from sdedit.protocol.bounds import Bounds

from tests.plugin.desk import Desk
from tests.plugin.memory_studio import MemoryDocument

STEPS_FOR_A_WHILE = 100


def start(desk: Desk) -> None:
    desk.core.change(steps=STEPS_FOR_A_WHILE)
    desk.core.press()
    desk.wait_for_status(" %")


def test_document_closed_in_flight_gives_the_edit_up(desk: Desk) -> None:
    start(desk)
    desk.studio.close(1)
    assert desk.wait_for(lambda: not desk.state.is_working) < 2
    assert desk.state.status == "The document was closed, so its edit was given up."
    assert desk.state.mood is Mood.PROBLEM


def test_the_backend_is_free_again_after_its_document_was_closed(desk: Desk) -> None:
    start(desk)
    desk.studio.close(1)
    desk.wait_for(lambda: not desk.state.is_working)
    desk.studio.open[1] = MemoryDocument()
    desk.studio.active = 1
    desk.core.change(steps=1)
    desk.edit()
    assert len(desk.studio.document.added) == 1


def test_another_document_in_front_does_not_get_the_result(desk: Desk) -> None:
    start(desk)
    desk.studio.open[2] = MemoryDocument()
    desk.studio.active = 2
    desk.wait_for_status("An edit of another document is under way.")
    assert not desk.state.is_working, "this document's button is free"
    desk.wait_for_status("as a new layer of the document it was begun in")
    assert len(desk.studio.open[1].added) == 1
    assert not desk.studio.open[2].added


def test_layer_deleted_in_flight_puts_the_result_on_top_and_says_so(desk: Desk) -> None:
    start(desk)
    desk.studio.document.layer = "another"
    desk.wait_for(lambda: not desk.state.is_working)
    assert len(desk.studio.document.added) == 1
    assert desk.state.hint == "Its guide layer is gone, so it lies on top."


def test_canvas_resized_in_flight_puts_the_result_at_its_place_and_says_so(desk: Desk) -> None:
    start(desk)
    desk.studio.document.canvas = Bounds(0, 0, 100, 100)
    desk.wait_for(lambda: not desk.state.is_working)
    ((_, _, area),) = desk.studio.document.added
    assert area == Bounds(0, 0, 40, 30)
    assert "resized" in desk.state.hint


def test_the_result_waits_until_the_brush_is_lifted(desk: Desk) -> None:
    start(desk)
    desk.studio.document.is_busy = True
    desk.wait_for_status("The layer comes when you lift the brush.")
    assert not desk.studio.document.added
    desk.studio.document.is_busy = False
    desk.wait_for_status("as a new layer")
    assert len(desk.studio.document.added) == 1


def test_generate_waits_for_a_stroke_to_end(desk: Desk) -> None:
    desk.studio.document.is_busy = True
    desk.core.press()
    assert desk.state.status == "Waiting for Krita to finish painting…"
    desk.studio.document.is_busy = False
    desk.wait_for_status("as a new layer")
    assert desk.studio.strokes_ended == 0


def test_generate_ends_a_stroke_that_does_not_end_by_itself(desk: Desk) -> None:
    """A transformation that was begun stays open until something ends it."""
    desk.studio.document.is_busy = True
    desk.core.press()
    desk.wait_for_status("as a new layer")
    assert desk.studio.strokes_ended == 1


def test_another_document_chosen_before_the_pixels_were_read(desk: Desk) -> None:
    desk.studio.document.is_busy = True
    desk.core.press()
    desk.studio.open[2] = MemoryDocument()
    desk.studio.active = 2
    desk.core.tick()
    assert desk.state.status == "Another document was chosen before the edit began."
    assert not desk.state.is_working


def test_what_the_last_edit_came_to_is_forgotten_with_another_document(desk: Desk) -> None:
    desk.edit()
    assert desk.state.status.startswith("Done")
    desk.studio.open[2] = MemoryDocument()
    desk.studio.active = 2
    desk.core.look()
    assert not desk.state.status.startswith("Done")


def test_a_stroke_begun_while_the_painting_is_read_is_waited_for_and_all_is_read_anew(
    desk: Desk,
) -> None:
    desk.studio.steps = 5
    desk.core.press()
    assert desk.state.status == "Reading the painting…"
    desk.studio.document.is_busy = True
    desk.core.tick()
    assert desk.state.status == "Waiting for Krita to finish painting…"
    assert desk.studio.given_up == 1
    desk.studio.document.colour = b"\xff\x00\x00\xff"
    desk.studio.document.is_busy = False
    desk.wait_for_status("as a new layer")
    ((_, picture, _),) = desk.studio.document.added
    assert bytes(picture.data[:4]) == b"\x00\xff\xff\x00", "as painted last"


def stop_between_two_steps(desk: Desk, status: str) -> None:
    """Begin an edit, and stay in the midst of what that status says."""
    desk.studio.steps = 100
    desk.core.press()
    desk.wait_for_status(status)
    desk.core.tick()


@pytest.mark.parametrize("status", ["Reading the painting…", "Done. Adding the layer…"])
def test_a_document_closed_between_two_steps_ends_them(desk: Desk, status: str) -> None:
    stop_between_two_steps(desk, status)
    desk.studio.close(1)
    desk.core.tick()
    assert desk.state.status == "The document was closed, so its edit was given up."
    assert desk.studio.given_up == 1


@pytest.mark.parametrize("status", ["Reading the painting…", "Done. Adding the layer…"])
def test_cancel_between_two_steps_leaves_the_document_as_it_was(desk: Desk, status: str) -> None:
    stop_between_two_steps(desk, status)
    desk.core.press()
    assert desk.state.status == "Cancelled. The document is as it was."
    assert desk.studio.given_up == 1
    assert not desk.studio.document.added


def test_done_is_not_said_any_more_once_the_layer_is_undone(desk: Desk) -> None:
    desk.edit()
    assert desk.state.status.startswith("Done")
    desk.core.tick()
    assert desk.state.status.startswith("Done")
    desk.studio.document.undo()
    desk.core.tick()
    assert not desk.state.status.startswith("Done")
    assert desk.state.preview is None
