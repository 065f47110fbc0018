"""A backend that is missing, dies, freezes, or is of no use is shown in words, and replaced."""

from __future__ import annotations

import json
import os
import signal

import pytest
import zmq
from sdedit.installation import NotInstalled
from sdedit.panel_state import Mood

from protocol.messages import PROTOCOL_VERSION
from tests.plugin.desk import Desk
from tests.plugin.fronts import Front

A_WHILE = 200


def start(desk: Desk) -> int:
    desk.core.change(steps=A_WHILE)
    desk.core.press()
    desk.wait_for_status(" %")
    assert desk.link.process_id is not None
    return desk.link.process_id


def check_that_the_next_edit_works(desk: Desk) -> None:
    desk.core.change(steps=1)
    desk.edit()
    assert desk.state.status.startswith("Done")
    assert len(desk.studio.document.added) == 1


def test_backend_killed_mid_edit_is_told_within_two_seconds_and_the_edit_begins_anew(
    desk: Desk,
) -> None:
    killed = start(desk)
    os.kill(killed, signal.SIGKILL)
    assert desk.wait_for_status("The backend stopped unexpectedly. Starting it again…") < 2
    assert desk.state.is_working
    desk.wait_for_status("Done in")
    assert desk.link.process_id != killed
    assert len(desk.studio.document.added) == 1


def test_backend_killed_twice_in_one_edit_is_given_up_in_words(desk: Desk) -> None:
    os.kill(start(desk), signal.SIGKILL)
    desk.wait_for_status("Starting it again")
    desk.wait_for_status(" %")
    assert desk.link.process_id is not None
    os.kill(desk.link.process_id, signal.SIGKILL)
    assert desk.wait_for(lambda: not desk.state.is_working) < 2
    assert desk.state.status == "The SDEdit backend stopped twice while it made this picture."
    assert "Your document is untouched" in desk.state.hint
    assert desk.state.mood is Mood.PROBLEM
    check_that_the_next_edit_works(desk)


def test_backend_killed_while_the_painting_is_read_gets_the_edit_when_it_runs_again(
    desk: Desk,
) -> None:
    desk.edit()
    desk.studio.steps = 100
    desk.core.press()
    assert desk.link.process_id is not None
    os.kill(desk.link.process_id, signal.SIGKILL)
    desk.wait_for(lambda: not desk.state.is_working)
    assert desk.state.status.startswith("Done")
    assert len(desk.studio.document.added) == 2


def test_a_backend_that_died_and_cannot_be_started_again_says_why(front: Front, desk: Desk) -> None:
    killed = start(desk)
    front.python.unlink()
    os.kill(killed, signal.SIGKILL)
    desk.wait_for(lambda: not desk.state.is_working)
    assert desk.state.status == f"SDEdit's Python is missing: {front.python}."


def test_cancel_while_a_dead_backend_is_replaced_is_at_once(desk: Desk) -> None:
    os.kill(start(desk), signal.SIGKILL)
    desk.wait_for_status("Starting it again")
    desk.core.press()
    assert desk.state.status == "Cancelled. The document is as it was."
    desk.wait_for(lambda: desk.link.state.takes_jobs)
    assert not desk.studio.document.added


def test_backend_killed_while_idle_is_shown_and_restarted_for_the_next_edit(desk: Desk) -> None:
    desk.edit()
    desk.studio.document.added.clear()
    assert desk.link.process_id is not None
    os.kill(desk.link.process_id, signal.SIGKILL)
    desk.wait_for(lambda: desk.link.process_id is None)
    desk.core.look()
    desk.core.reach_for()
    assert desk.link.process_id is None, "a backend that died is not started unasked"
    check_that_the_next_edit_works(desk)


def test_frozen_backend_is_shown_within_five_seconds(desk: Desk) -> None:
    frozen = start(desk)
    os.kill(frozen, signal.SIGSTOP)
    assert desk.wait_for_status("The backend is not answering.") < 5
    assert desk.state.is_working
    assert "left" not in desk.state.status + desk.state.hint, "nobody knows that now"
    desk.core.press()
    assert desk.state.status == "Cancelled. The document is as it was."
    check_that_the_next_edit_works(desk)
    assert desk.link.process_id != frozen


def test_a_backend_that_thaws_goes_on_with_the_edit(desk: Desk) -> None:
    process_id = start(desk)
    os.kill(process_id, signal.SIGSTOP)
    desk.wait_for_status("The backend is not answering.")
    os.kill(process_id, signal.SIGCONT)
    desk.wait_for_status("Done in")
    assert len(desk.studio.document.added) == 1


def test_reaching_for_the_docker_starts_the_backend_ahead(desk: Desk) -> None:
    assert desk.state.status == "The backend starts with your first edit."
    desk.core.reach_for()
    assert desk.state.status == "Starting the backend…"
    desk.wait_for_status("Ready on test device.")
    assert desk.state.mood is Mood.CALM


def test_no_backend_is_started_while_nothing_is_open(desk: Desk) -> None:
    desk.studio.close(1)
    desk.core.reach_for()
    assert desk.link.process_id is None


def test_a_backend_that_dies_at_its_start_says_why(front: Front, open_desk) -> None:
    front.becomes("dies at once")
    desk = open_desk()
    desk.edit()
    assert desk.state.status == "The SDEdit backend could not start."
    assert desk.state.hint == "It said: There is no room for the model."
    front.becomes("worker without torch")
    check_that_the_next_edit_works(desk)


def test_a_missing_python_is_named(front: Front, open_desk) -> None:
    front.python.unlink()
    desk = open_desk()
    desk.core.press()
    assert not desk.state.is_working
    assert desk.state.status == f"SDEdit's Python is missing: {front.python}."
    assert desk.state.hint == "Run install.py again."


def test_a_backend_that_never_listens_is_given_up_in_a_minute(front: Front, open_desk) -> None:
    front.becomes("never listens")
    now = [0.0]
    desk = open_desk(clock=lambda: now[0])
    desk.core.press()
    now[0] += 4
    desk.core.tick()
    assert desk.state.status == "Starting the backend…"
    now[0] += 2
    desk.core.tick()
    assert desk.state.status == "The backend is slow to answer. Still waiting for it…"
    assert desk.state.mood is Mood.WORKING
    now[0] += 53
    desk.core.tick()
    assert desk.state.is_working
    now[0] += 2
    desk.core.tick()
    assert desk.state.status == "The SDEdit backend did not answer within 60 s."
    front.becomes("worker without torch")
    check_that_the_next_edit_works(desk)


def test_a_backend_of_another_version_is_a_sentence(front: Front, open_desk) -> None:
    front.becomes("another version")
    desk = open_desk()
    desk.edit()
    assert f"protocol version {PROTOCOL_VERSION + 1}" in desk.state.status
    assert "Run install.py again" in desk.state.hint


def test_keys_that_do_not_match_are_a_sentence(front: Front, desk: Desk) -> None:
    client = json.loads((front.keys / "client.json").read_text())
    client["public"], client["secret"] = (key.decode() for key in zmq.curve_keypair())
    (front.keys / "client.json").write_text(json.dumps(client))
    desk.edit()
    assert desk.state.status == "The SDEdit backend does not accept this plugin's key."
    assert "Run install.py again" in desk.state.hint


def test_keys_open_to_others_are_a_sentence(front: Front, desk: Desk) -> None:
    (front.keys / "client.json").chmod(0o644)
    desk.edit()
    assert "can be opened by other users" in desk.state.status


@pytest.mark.parametrize("loading", ["fails", "dies"])
def test_a_worker_that_cannot_load_is_a_sentence(front: Front, open_desk, loading: str) -> None:
    front.becomes("worker without torch", WORKER=f"--loading {loading}")
    desk = open_desk()
    desk.edit()
    expected = "There is no paint." if loading == "fails" else "ended 3 times while it was loading"
    assert expected in desk.state.status
    assert desk.state.mood is Mood.PROBLEM


def test_without_an_installation_the_panel_says_what_to_do(open_desk) -> None:
    reason = NotInstalled("SDEdit's backend is not installed.", "Run install.py again.")
    desk = open_desk(instead=reason)
    assert desk.state.status == "SDEdit's backend is not installed."
    assert desk.state.hint == "Run install.py again."
    desk.core.press()
    assert not desk.state.is_working
    assert desk.state.status == "SDEdit's backend is not installed."
    desk.core.close()
    assert desk.state.hint == "Run install.py again."
