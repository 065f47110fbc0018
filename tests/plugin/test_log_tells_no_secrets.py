"""Whatever the plugin logs, it logs no key and no pixel."""

from __future__ import annotations

import json
import logging

import pytest

from tests.plugin.desk import Desk
from tests.plugin.fronts import Front

MARK = b"PxQz"


def test_edits_that_succeed_fail_and_are_cancelled_log_no_key_and_no_pixel(
    front: Front, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk.studio.document.colour = MARK
    desk.edit()
    assert desk.studio.document.added
    desk.core.change(steps=200)
    desk.core.press()
    desk.wait_for_status(" %")
    desk.core.press()
    desk.wait_for(lambda: not desk.state.is_working)
    desk.studio.open[1].model = "CMYKA"
    desk.core.press()
    said = caplog.text + front.log
    assert "The edit ended: Done" in said
    inverted = bytes(255 - value for value in MARK)  # what the worker of these tests makes
    for pixel in (MARK, inverted):
        two = 2 * pixel
        for form in (
            two.decode("latin-1"),
            two.hex(),
            repr(two)[2:-1],
            ", ".join(str(value) for value in two),
        ):
            assert form not in said
    for name in ("client.json", "server.json"):
        for value in json.loads((front.keys / name).read_text()).values():
            assert str(value) not in said or len(str(value)) < 20
