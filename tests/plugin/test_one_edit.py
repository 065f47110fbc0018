"""One edit's way through the core, over real sockets and a real front process."""

from __future__ import annotations

import dataclasses
import re

from sdedit.protocol.bounds import Bounds, context_window
from sdedit.settings import Settings

from tests.plugin.desk import Desk


def test_the_result_is_added_once_and_covers_the_canvas(desk: Desk) -> None:
    desk.edit()
    ((name, picture, area),) = desk.studio.document.added
    assert name == "SDEdit t0 0.45 seed 7"
    assert picture.bounds == area == desk.studio.document.canvas
    # The worker inverts: each byte of the guide has come to it, and back.
    assert bytes(picture.data) == b"\xef\xdf\xcf\x00" * (40 * 30)
    assert desk.state.status == "Done in 1 s, as a new layer."


def test_a_selection_is_the_area_and_its_context_the_window(desk: Desk) -> None:
    document = desk.studio.document
    document.canvas = Bounds(0, 0, 1000, 800)
    document.selection = Bounds(500, 300, 60, 40)
    desk.edit()
    ((_, picture, area),) = document.added
    assert area == document.selection
    assert picture.bounds == context_window(area, document.canvas)
    assert picture.bounds != document.canvas


def test_a_selection_partly_off_the_canvas_is_cut_to_it(desk: Desk) -> None:
    desk.studio.document.selection = Bounds(-20, 10, 30, 100)
    desk.edit()
    ((_, _, area),) = desk.studio.document.added
    assert area == Bounds(0, 10, 10, 20)


def test_the_smallest_canvas_works(desk: Desk) -> None:
    desk.studio.document.canvas = Bounds(0, 0, 1, 1)
    desk.edit()
    ((_, picture, _),) = desk.studio.document.added
    assert picture.nbytes == 4


def test_the_button_cancels_while_an_edit_is_under_way_and_only_then(desk: Desk) -> None:
    assert not desk.state.is_working
    desk.core.press()
    assert desk.state.is_working
    desk.wait_for(lambda: not desk.state.is_working)
    assert desk.state.is_button_enabled


def test_progress_goes_up_to_the_end(desk: Desk) -> None:
    desk.core.change(steps=30)
    desk.edit()
    shares = [state.progress for state in desk.states if state.progress]
    assert shares == sorted(shares)
    said = [sentence for sentence in desk.said if " %" in sentence]
    assert len(said) > 3
    assert all(re.fullmatch(r"\d+ %(, about \d+ s left)?", sentence) for sentence in said)


def test_a_second_edit_uses_the_running_backend(desk: Desk) -> None:
    desk.edit()
    process_id = desk.link.process_id
    desk.edit()
    assert desk.link.process_id == process_id
    assert len(desk.studio.document.added) == 2


def test_each_random_seed_is_new_and_is_shown(open_desk) -> None:
    desk = open_desk(settings=Settings(steps=1))
    seeds = set()
    for _ in range(3):
        desk.edit()
        seeds.add(desk.state.settings.seed)
        assert desk.studio.document.added[-1][0].endswith(f"seed {desk.state.settings.seed}")
    assert len(seeds) == 3
    assert desk.state.settings.is_seed_random


def test_a_fixed_seed_stays(desk: Desk) -> None:
    desk.edit()
    assert desk.state.settings.seed == 7


def test_settings_changed_under_way_count_for_the_next_edit(desk: Desk) -> None:
    desk.core.press()
    desk.core.change(t0=0.6, seed=8)
    desk.wait_for(lambda: not desk.state.is_working)
    assert desk.studio.document.added[0][0] == "SDEdit t0 0.45 seed 7"
    desk.edit()
    assert desk.studio.document.added[1][0] == "SDEdit t0 0.60 seed 8"


def test_a_queued_edit_says_how_many_are_before_it_and_for_how_long(desk: Desk, front) -> None:
    desk.edit()
    with front.another_artist(desk.address) as other:
        other.hold_the_worker()
        desk.core.press()
        desk.wait_for_status("Waiting: 1 before this one, about 1 s.")
        other.let_the_worker_go()
        desk.wait_for_status("Done in")
    assert len(desk.studio.document.added) == 2


def test_adding_a_layer_that_runs_the_event_loop_adds_one_layer_only(desk: Desk) -> None:
    """Krita's addChildNode runs Qt's event loop: the core's timer fires in its midst."""

    def happens_inside() -> None:
        desk.core.tick()
        desk.core.receive()
        desk.core.press()

    desk.studio.while_adding = happens_inside
    desk.edit()
    assert len(desk.studio.document.added) == 1
    assert desk.state.status.startswith("Done")


def test_equal_states_are_shown_once(desk: Desk) -> None:
    desk.edit()
    for before, after in zip(desk.states, desk.states[1:]):
        assert dataclasses.asdict(before) != dataclasses.asdict(after)
