"""The plugin uses a backend on another machine that this one is paired with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sdedit.link.state import BackendState
from sdedit.panel_state import Mood
from sdedit.protocol.bounds import Bounds
from sdedit.settings import Settings

from protocol.messages import PROTOCOL_VERSION
from tests.backend.front.cut_proxy import CutProxy
from tests.plugin.another_machine import AnotherMachine
from tests.plugin.desk import Desk, wait_for
from tests.plugin.fronts import Front

A_WHILE = 200


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[AnotherMachine]:
    """The other machine; its backend does not run yet."""
    machine = AnotherMachine(tmp_path / "studio")
    yield machine
    machine.end()


@pytest.fixture
def desk(front: Front, studio: AnotherMachine, open_desk) -> Desk:
    """A core that uses the studio's backend, which runs."""
    studio.start()
    studio.pair_with(front)
    desk = open_desk()
    desk.link.use("studio")
    return desk


def begin(desk: Desk) -> None:
    desk.core.change(steps=A_WHILE)
    desk.core.press()
    desk.wait_for_status(" %")


def test_an_edit_is_made_there_and_no_process_is_started_here(
    desk: Desk, studio: AnotherMachine
) -> None:
    assert desk.link.backends() == ["studio"]
    desk.core.look()
    assert desk.state.status == "Your edits are made by “studio”."
    desk.edit()
    assert desk.state.status.startswith("Done")
    assert len(desk.studio.document.added) == 1
    assert "Connecting to “studio”…" in desk.said
    assert desk.link.process_id is None
    assert studio.front.log.count(": Result.") == 1


def test_a_real_edit_is_made_there(front: Front, studio: AnotherMachine, open_desk) -> None:
    studio.front.becomes("real", CUDA_VISIBLE_DEVICES="")
    studio.start()
    studio.pair_with(front)
    desk = open_desk(settings=Settings(t0=0.5, steps=2, seed=7, is_seed_random=False))
    desk.studio.document.canvas = Bounds(0, 0, 90, 70)
    desk.link.use("studio")
    desk.edit()
    assert desk.state.status.startswith("Done"), desk.state


def test_it_runs_on_when_krita_ends(desk: Desk, studio: AnotherMachine, open_desk) -> None:
    desk.edit()
    desk.core.close()
    other = open_desk()
    other.link.use("studio")
    other.edit()
    assert other.state.status.startswith("Done")
    assert studio.front.log.count(": Result.") == 2


def test_an_edit_goes_on_after_a_cut(front: Front, studio: AnotherMachine, open_desk) -> None:
    studio.start()
    proxy = CutProxy(studio.address)
    studio.pair_with(front, proxy.address)
    desk = open_desk()
    desk.link.use("studio")
    begin(desk)
    proxy.cut()
    desk.wait_for_status("“studio” is not answering.")
    assert desk.state.hint == "The edit goes on as soon as it can be reached; or cancel."
    desk.wait_for_status("Done in")
    assert studio.front.log.count(": Result.") == 1, "it was not made twice"
    proxy.close()


def test_an_edit_begins_anew_by_itself_when_that_backend_was_started_anew(
    desk: Desk, studio: AnotherMachine
) -> None:
    begin(desk)
    studio.crash()
    desk.wait_for_status("“studio” is not answering.")
    studio.start()
    desk.wait_for_status("Done in")
    assert len(desk.studio.document.added) == 1


def test_one_that_is_absent_is_told_and_used_as_soon_as_it_is_there(
    front: Front, studio: AnotherMachine, open_desk
) -> None:
    studio.start()
    studio.pair_with(front)
    studio.crash()
    now = [0.0]
    desk = open_desk(clock=lambda: now[0])
    desk.link.use("studio")
    desk.core.press()
    now[0] += 6
    desk.core.tick()
    desk.core.tick()
    assert desk.state.status == "“studio” is slow to answer. Still waiting for it…"
    now[0] += 5
    desk.wait_for(lambda: not desk.state.is_working)
    assert desk.state.status == "“studio” does not answer."
    assert "'sdedit serve --listen' runs" in desk.state.hint
    assert desk.state.mood is Mood.PROBLEM
    studio.start()
    desk.wait_for(lambda: desk.link.state.takes_jobs)
    desk.edit()
    assert desk.state.status.startswith("Done")


def test_a_permission_that_is_revoked_is_told_at_once_and_works_again_when_given_back(
    desk: Desk, studio: AnotherMachine
) -> None:
    begin(desk)
    public = studio.forbid()
    assert desk.wait_for(lambda: not desk.state.is_working) < 3
    assert desk.state.status == "“studio” does not let this machine in."
    assert "revoked" in desk.state.hint
    studio.allow_again(public)
    desk.wait_for(lambda: desk.link.state.takes_jobs)
    desk.core.change(steps=1)
    desk.edit()
    assert desk.state.status.startswith("Done")
    assert len(desk.studio.document.added) == 1, "the edit that was given up was not made"


def test_one_that_does_not_let_us_in_is_told(desk: Desk, studio: AnotherMachine) -> None:
    studio.forbid()
    desk.edit()
    assert desk.state.status == "“studio” does not let this machine in."


def test_one_of_another_version_is_told(front: Front, studio: AnotherMachine, open_desk) -> None:
    studio.front.becomes("another version")
    studio.start("--until-stdin-closes")
    studio.pair_with(front)
    desk = open_desk()
    desk.link.use("studio")
    desk.edit()
    assert f"protocol version {PROTOCOL_VERSION + 1}" in desk.state.status
    assert desk.state.hint == "Install the same version of SDEdit on both machines."


def test_a_name_that_is_not_known_is_told(desk: Desk) -> None:
    desk.link.use("attic")
    desk.edit()
    assert desk.state.status == "This machine is not paired with a backend called 'attic'."


def test_a_job_that_is_given_up_while_nobody_answers_is_stopped_later(
    desk: Desk, studio: AnotherMachine
) -> None:
    with studio.front.another_artist(studio.address) as other:
        other.hold_the_worker()
        desk.core.press()
        desk.wait_for_status("Waiting: 1 before this one")
        (job,) = desk.link.jobs
        studio.freeze()
        desk.wait_for(lambda: desk.link.state is BackendState.SILENT)
        desk.link.give_up(job)
        studio.thaw()
        desk.wait_for(lambda: ": Cancelled." in studio.front.log)
        assert ": Result." not in studio.front.log


def test_another_one_is_used_as_soon_as_the_job_under_way_is_done(
    front: Front, studio: AnotherMachine, open_desk
) -> None:
    studio.start()
    studio.pair_with(front)
    desk = open_desk()
    begin(desk)
    desk.link.use("studio")
    assert desk.link.process_id is not None, "it finishes what it has begun"
    desk.wait_for_status("Done in")
    assert front.log.count(": Result.") == 1
    desk.wait_for(lambda: desk.link.state.takes_jobs)
    assert desk.link.process_id is None
    wait_for(lambda: not desk.link.has_processes)
    desk.core.change(steps=1)
    desk.edit()
    assert studio.front.log.count(": Result.") == 1

    desk.link.use("")
    assert desk.link.process_id is not None, "what was in use stays ready for use"
    desk.edit()
    assert desk.state.status.startswith("Done")
    assert studio.front.log.count(": Result.") == 1


def test_this_machines_backend_is_started_anew_once_its_job_is_done(desk: Desk) -> None:
    desk.link.use("")
    begin(desk)
    first = desk.link.process_id
    desk.link.renew()
    assert desk.link.process_id == first
    desk.wait_for_status("Done in")
    desk.wait_for(lambda: desk.link.state.takes_jobs and desk.link.process_id != first)
