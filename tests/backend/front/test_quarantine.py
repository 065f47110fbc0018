from __future__ import annotations

from dataclasses import replace

from backend.front.quarantine import QUARANTINE_S, REMEMBERED, Quarantine
from tests.backend.front.running_front import edit_request


def test_the_same_edit_is_known_under_another_id_and_no_other_edit_is() -> None:
    deadly = edit_request()
    quarantine = Quarantine()
    quarantine.add(deadly)
    assert quarantine.holds(replace(deadly, job_id="other"))
    assert not quarantine.holds(replace(deadly, seed=deadly.seed + 1))
    assert not quarantine.holds(replace(deadly, guide=edit_request().guide))


def test_it_is_let_go_after_a_while_and_when_there_are_too_many() -> None:
    now = [0.0]
    quarantine = Quarantine(lambda: now[0])
    first = edit_request()
    quarantine.add(first)
    now[0] = QUARANTINE_S + 1
    assert not quarantine.holds(first)
    many = [edit_request() for _ in range(REMEMBERED + 1)]
    for request in many:
        quarantine.add(request)
    assert [quarantine.holds(request) for request in many] == [False] + [True] * REMEMBERED
