"""The connection breaks while the backend lives: nothing is lost, nothing is made twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.backend.front.cut_proxy import CutProxy
from tests.plugin.desk import Desk, wait_for
from tests.plugin.fronts import Front


@pytest.fixture
def cut_desk(open_desk) -> Iterator[tuple[Desk, CutProxy]]:
    """A core that reaches its backend through a cable that can be cut."""
    proxies: list[CutProxy] = []

    def through(address: str) -> str:
        proxies.append(CutProxy(address))
        return proxies[-1].address

    desk = open_desk(through=through)
    desk.core.reach_for()
    desk.wait_for_status("Ready")
    yield desk, proxies[-1]
    for proxy in proxies:
        proxy.close()


def test_an_edit_goes_on_over_the_next_connection(cut_desk: tuple[Desk, CutProxy]) -> None:
    desk, proxy = cut_desk
    desk.core.change(steps=200)
    desk.core.press()
    desk.wait_for_status(" %")
    proxy.cut()
    desk.wait_for_status("The backend is not answering.")
    desk.wait_for_status("Done in")
    assert len(desk.studio.document.added) == 1


def test_a_result_that_was_ready_while_the_cable_was_cut_is_fetched(
    front: Front, cut_desk: tuple[Desk, CutProxy]
) -> None:
    desk, proxy = cut_desk
    desk.core.change(steps=100)
    desk.core.press()
    desk.wait_for_status(" %")
    proxy.cut()
    wait_for(lambda: ": Result." in front.log)  # the plugin does nothing meanwhile
    desk.wait_for_status("Done in")
    assert len(desk.studio.document.added) == 1
    assert front.log.count(": Result.") == 1, "it was not made twice"
