"""A backend of one's own, in the conditions that could keep it from starting."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from backend.local import LocalBackend
from protocol.errors import ConnectionLost
from protocol.limits import TIMEOUTS


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a disk that is always full")
def test_a_full_disk_under_its_log_does_not_stop_the_backend(home: Path) -> None:
    (home / "logs").mkdir()
    (home / "logs" / "command.log").symlink_to("/dev/full")
    with LocalBackend("cpu") as backend:
        assert backend.client.is_connected


@pytest.mark.usefixtures("home")
def test_a_backend_that_ends_before_it_can_be_connected_to_is_noticed_at_once() -> None:
    class EndsEarly(LocalBackend):
        def _wait_for_address(self, process: subprocess.Popen[bytes], ready_file: Path) -> str:
            address = super()._wait_for_address(process, ready_file)
            process.kill()
            process.wait()
            return address

    began = time.monotonic()
    with pytest.raises(ConnectionLost, match="ended unexpectedly"), EndsEarly("cpu"):
        pass
    assert time.monotonic() - began < TIMEOUTS.start_s / 2
