"""A running Krita is seen when it is this user's, by the kritarc that it uses."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from installer.layout import Layout
from installer.machine import LINUX, Machine
from installer.running import running_backends, running_kritas
from tests.install.made_up import machine_in

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_in(tmp_path)


@contextmanager
def process_called(name: str, env: dict[str, str]) -> Iterator[int]:
    """A process that goes by this name, waiting for its stdin to close."""
    cat = shutil.which("cat")
    assert cat is not None
    with subprocess.Popen(
        [name], executable=cat, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"x\n")
        process.stdin.flush()
        process.stdout.readline()  # it answers: by now it is itself and no fork of this process
        yield process.pid


@pytest.mark.parametrize("name", ["krita", "/usr/bin/krita", "/tmp/.mount_kritaAb/usr/bin/krita"])
def test_a_krita_with_this_home_is_seen(machine: Machine, name: str) -> None:
    kritarc = machine.config_folder / "kritarc"
    with process_called(name, {"HOME": str(machine.home)}) as pid:
        assert running_kritas(machine, kritarc) == [pid]
    assert running_kritas(machine, kritarc) == []


def test_a_krita_with_moved_settings_is_seen_by_them(machine: Machine, tmp_path: Path) -> None:
    env = {"HOME": str(machine.home), "XDG_CONFIG_HOME": str(tmp_path / "c")}
    with process_called("krita", env) as pid:
        assert running_kritas(machine, tmp_path / "c" / "kritarc") == [pid]
        assert running_kritas(machine, machine.config_folder / "kritarc") == []


def test_other_programs_are_not_taken_for_krita(machine: Machine) -> None:
    with process_called("kritarunner", {"HOME": str(machine.home)}):
        assert running_kritas(machine, machine.config_folder / "kritarc") == []


def test_a_backend_is_seen_by_the_python_that_runs_it(machine: Machine) -> None:
    layout = Layout(machine.default_prefix, LINUX)
    with process_called(str(layout.python), {}) as pid:
        assert running_backends(machine, layout) == [pid]
    with process_called("/usr/bin/python3", {"SDEDIT_HOME": str(layout.prefix)}):
        assert running_backends(machine, layout) == []
