"""Cancel: the artist has the panel back, and nothing reaches the document."""

from __future__ import annotations

from tests.plugin.desk import Desk, wait_for
from tests.plugin.fronts import Front

CANCELLED = "Cancelled. The document is as it was."


def test_cancel_of_a_running_edit_adds_nothing(desk: Desk) -> None:
    desk.core.change(steps=200)
    desk.core.press()
    desk.wait_for_status(" %")
    desk.core.press()
    assert desk.state.status == "Cancelling…"
    assert not desk.state.is_button_enabled
    assert desk.wait_for(lambda: not desk.state.is_working) < 2
    assert desk.state.status == CANCELLED
    assert desk.state.preview is None
    assert not desk.studio.document.added


def test_cancel_while_the_backend_starts_is_at_once(desk: Desk) -> None:
    desk.core.press()
    desk.core.press()
    assert not desk.state.is_working
    assert desk.state.status == CANCELLED
    desk.wait_for(lambda: desk.link.state.takes_jobs)
    assert not desk.studio.document.added


def test_cancel_while_the_result_waits_for_the_brush_drops_it(desk: Desk) -> None:
    desk.core.change(steps=100)
    desk.core.press()
    desk.wait_for_status(" %")
    desk.studio.document.is_busy = True
    desk.wait_for_status("The layer comes when you lift the brush.")
    desk.core.press()
    desk.studio.document.is_busy = False
    desk.core.tick()
    assert desk.state.status == CANCELLED
    assert not desk.studio.document.added


def test_the_next_edit_after_a_cancel_works(desk: Desk) -> None:
    desk.core.change(steps=200)
    desk.core.press()
    desk.wait_for_status(" %")
    desk.core.press()
    desk.wait_for(lambda: not desk.state.is_working)
    desk.core.change(steps=2)
    desk.edit()
    assert len(desk.studio.document.added) == 1


def test_a_result_that_crosses_the_cancel_is_dropped(front: Front, desk: Desk) -> None:
    desk.edit()
    desk.core.press()
    wait_for(lambda: front.log.count(": Result.") == 2)
    desk.core.press()  # the result lies in our socket, unread
    desk.wait_for(lambda: not desk.state.is_working)
    assert desk.state.status == CANCELLED
    assert len(desk.studio.document.added) == 1


def test_a_cancel_that_is_never_confirmed_is_forgotten(open_desk) -> None:
    now = [0.0]
    desk = open_desk(clock=lambda: now[0])
    desk.core.change(steps=200)
    desk.core.press()
    desk.wait_for_status(" %")
    desk.link.send = lambda _: None  # the Cancel is lost on its way
    desk.core.press()
    desk.core.tick()
    assert desk.state.is_working
    now[0] += 11
    desk.core.tick()
    assert not desk.state.is_working
