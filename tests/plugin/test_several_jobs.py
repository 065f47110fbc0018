"""Several edits are asked for at once: they are done one after the other, each to its own end."""

from __future__ import annotations

import os
import signal

from tests.plugin.desk import Desk
from tests.plugin.memory_studio import MemoryDocument


def test_edits_asked_for_while_one_is_under_way_follow_it(desk: Desk) -> None:
    desk.core.change(steps=60)
    desk.core.generate()
    desk.core.change(steps=3, t0=0.3)
    desk.core.generate()
    desk.core.change(t0=0.6)
    desk.core.generate()
    desk.wait_for_status("2 more after it.")
    desk.wait_for(lambda: not desk.state.is_working)
    names = [name for name, _, _ in desk.studio.document.added]
    assert names == [f"SDEdit t0 {t0} seed 7" for t0 in ("0.45", "0.30", "0.60")]


def test_cancel_gives_up_the_one_that_is_shown_and_the_next_goes_on(desk: Desk) -> None:
    desk.core.change(steps=200)
    desk.core.generate()
    desk.wait_for_status(" %")
    desk.core.change(steps=3, t0=0.3)
    desk.core.generate()
    desk.core.cancel()
    desk.wait_for(lambda: not desk.state.is_working)
    assert [name for name, _, _ in desk.studio.document.added] == ["SDEdit t0 0.30 seed 7"]


def test_two_documents_are_edited_each_with_its_own_button_and_words(desk: Desk) -> None:
    desk.core.change(steps=100)
    desk.core.press()
    desk.wait_for_status(" %")
    desk.studio.open[2] = MemoryDocument(colour=b"\xff\xff\xff\xff")
    desk.studio.active = 2
    desk.core.change(steps=3)
    desk.core.press()
    desk.wait_for(lambda: len(desk.studio.open[2].added) == 1)
    assert len(desk.studio.open[1].added) == 1
    ((_, picture, _),) = desk.studio.open[2].added
    assert bytes(picture.data[:4]) == b"\x00" * 4, "each gets its own picture"


def test_a_backend_that_dies_costs_the_jobs_in_line_nothing_but_time(desk: Desk) -> None:
    desk.core.change(steps=100)
    desk.core.generate()
    desk.core.generate()
    desk.wait_for_status(" %")
    assert desk.link.process_id is not None
    os.kill(desk.link.process_id, signal.SIGKILL)
    desk.wait_for(lambda: not desk.state.is_working)
    assert len(desk.studio.document.added) == 2
