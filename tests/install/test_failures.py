"""What cannot be done is told in one sentence with its remedy; nothing half made stays.

install.py is run as a person runs it, in the conditions that stop it.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from installer.alone import alone
from installer.environment import Environment
from installer.errors import InstallError, explain_os_error
from installer.interpreter import find_python, look_at
from installer.layout import CHECKOUT
from installer.machine import this_machine
from installer.pip import NothingFound, explain_pip_failure
from installer.progress import Progress
from installer.project import read_project
from tests.install.made_up import machine_in, program

LOG = Path("/tmp/install.log")
INSTALL = str(CHECKOUT / "install.py")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of a user whose home is empty."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    home = tmp_path / "home"
    home.mkdir()
    return {**kept, "HOME": str(home)}


def failing(
    env: dict[str, str], *arguments: str, python: str = sys.executable, code: int = 1
) -> str:
    """Run install.py, which must end with ``code`` and no traceback; returns what it said."""
    done = subprocess.run(
        [python, INSTALL, *arguments], env=env, capture_output=True, text=True, timeout=100
    )
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    assert "Traceback" not in said
    return done.stderr


def test_a_file_where_the_folder_should_be(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    said = failing(env, "--prefix", str(tmp_path / "taken" / "sdedit"))
    assert f"{tmp_path / 'taken'}" in said
    assert "is in the way" in said
    assert "--prefix" in said
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.skipif(not os.path.isdir("/sys/kernel"), reason="needs Linux's /sys")
def test_a_folder_that_must_not_be_written_to(env: dict[str, str]) -> None:
    said = failing(env, "--prefix", "/sys/sdedit")
    assert "/sys/sdedit must not be written to" in said
    assert "--prefix" in said


def test_a_folder_of_someone_elses_is_not_touched(env: dict[str, str], tmp_path: Path) -> None:
    theirs = tmp_path / "project" / "venv" / "notes.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    said = failing(env, "--prefix", str(tmp_path / "project"))
    assert "does not belong to this installation" in said
    assert theirs.read_text() == "mine"


def test_an_environment_of_someone_elses_is_not_touched(
    env: dict[str, str], tmp_path: Path
) -> None:
    theirs = tmp_path / "venv" / "pyvenv.cfg"
    theirs.parent.mkdir()
    theirs.write_text("home = /usr/bin")
    said = failing(env, "--make-environment", str(tmp_path / "venv"))
    assert "the installer did not make it" in said
    assert theirs.read_text() == "home = /usr/bin"


def test_no_network(env: dict[str, str], tmp_path: Path) -> None:
    # Nothing listens on port 9 of this machine; pip's own configuration is out of the game.
    nowhere = "http://127.0.0.1:9"
    proxies = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
    env = {name: value for name, value in env.items() if not name.startswith("PIP_")}
    env.update(dict.fromkeys(proxies, nowhere))
    env.update(PIP_CONFIG_FILE=os.devnull, PIP_RETRIES="1", PIP_TIMEOUT="5", NO_PROXY="")
    said = failing(env, "--prefix", str(tmp_path / "sdedit"))
    assert "no way to download" in said
    assert "connection" in said
    assert not (tmp_path / "sdedit" / "venv").exists()


def test_a_python_without_its_venv_module(env: dict[str, str], tmp_path: Path) -> None:
    python = python_without_ensurepip(tmp_path / "python")
    found = look_at(python)
    assert found is not None
    assert not found.makes_environments
    # Debian has apt-get, so the package is named as Debian names it.
    program(tmp_path / "path" / "apt-get")
    env["PATH"] = str(tmp_path / "path")
    said = failing(env, "--prefix", str(tmp_path / "sdedit"), python=python)
    assert "lacks its venv module" in said
    assert f"sudo apt install python{found.version[0]}.{found.version[1]}-venv" in said
    assert not (tmp_path / "sdedit" / "venv").exists()


def python_without_ensurepip(folder: Path) -> str:
    """This Python as Debian has it without its venv package: all there but ensurepip."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    binary = folder / "bin" / version
    binary.parent.mkdir(parents=True)
    shutil.copy(os.path.realpath(sys.executable), binary)
    library = folder / "lib" / version
    library.mkdir(parents=True)
    for entry in Path(sysconfig.get_path("stdlib")).iterdir():
        if entry.name != "ensurepip":
            (library / entry.name).symlink_to(entry)
    return str(binary)


def test_only_a_python_that_is_too_old() -> None:
    with pytest.raises(InstallError, match=r"needs Python 3\.13 to 3\.14.*only Python 3\.\d+ was"):
        find_python(this_machine(), oldest=(3, 13) if sys.version_info < (3, 13) else (3, 14))


def test_a_newer_python_on_path_is_taken_when_this_one_is_too_old(tmp_path: Path) -> None:
    newer = program(tmp_path / "usr/bin/python3.14", "#!/bin/sh\necho 3 14 1\n")
    found = find_python(machine_in(tmp_path), oldest=(3, 14))
    assert (found.path, found.version) in {(str(newer), (3, 14)), (sys.executable, (3, 14))}


def test_a_disk_that_is_too_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules["installer.environment"].NEEDED_BYTES, "cpu", 10**18)
    environment = Environment(tmp_path / "venv", this_machine(), Progress(1))
    with pytest.raises(InstallError) as raised:
        environment.provide(read_project(), "cpu", [])
    assert "1000000000.0 GB of disk space are needed" in raised.value.sentence
    assert str(tmp_path) in raised.value.sentence
    assert "GB are free" in raised.value.sentence
    assert not (tmp_path / "venv").exists()


def test_a_disk_that_becomes_full() -> None:
    with pytest.raises(OSError, match="No space left") as raised:
        Path("/dev/full").write_text("x")
    raised.value.filename = "/dev/full"
    assert "The disk is full: /dev/full" in explain_os_error(raised.value).sentence


def test_every_system_error_becomes_a_sentence_and_a_remedy() -> None:
    for number in errno.errorcode:
        said = explain_os_error(OSError(number, os.strerror(number), "/some/file"))
        assert "/some/file" in said.sentence
        assert said.remedy


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device\n", "disk became full"),
        ("host='pypi.example', port=443): Max retries exceeded\n", "download from pypi.example"),
        ("ERROR: No matching distribution found for torch==9\n", "no fitting version"),
        ("ERROR: Invalid requirement: 'torch=='.\n", "Invalid requirement: 'torch=='"),
        ("", "it said nothing"),
    ],
)
def test_what_pip_says_becomes_a_sentence(output: str, words: str) -> None:
    assert words in explain_pip_failure(output, "trying", LOG).sentence


def test_an_index_without_the_package_is_told_from_one_that_cannot_be_reached() -> None:
    missing = "ERROR: No matching distribution found for torch==9\n"
    assert isinstance(explain_pip_failure(missing, "trying", LOG), NothingFound)
    unreachable = "WARNING: NewConnectionError: Name or service not known\n" + missing
    assert not isinstance(explain_pip_failure(unreachable, "trying", LOG), NothingFound)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_sudo_is_refused_because_the_plugin_would_be_roots(env: dict[str, str]) -> None:
    said = failing({**env, "SUDO_USER": "ana"})
    assert "installed for root and not for you" in said
    assert os.listdir(env["HOME"]) == []


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_it_leaves_no_half_made_environment(
    env: dict[str, str], tmp_path: Path, by: signal.Signals
) -> None:
    prefix = tmp_path / "sdedit"
    said = ""
    with subprocess.Popen(
        [sys.executable, INSTALL, "--prefix", str(prefix), "--device", "cpu"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if "making the environment" in line:  # its first sign of life: the venv is half made
                process.send_signal(by)
    assert process.returncode == 130, said
    assert "Stopped. Run this again to go on." in said
    assert "Traceback" not in said
    assert not (prefix / "venv").exists()


def test_a_home_that_is_no_full_path_is_refused(env: dict[str, str]) -> None:
    assert "where your home folder is" in failing({**env, "HOME": "somewhere"}, "--no-edit")


def test_a_second_installer_is_refused_while_the_first_is_at_work(
    env: dict[str, str], tmp_path: Path
) -> None:
    prefix = tmp_path / "sdedit"
    with subprocess.Popen(
        [sys.executable, INSTALL, "--prefix", str(prefix), "--device", "cpu"],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "making the environment" in line:
                assert "Another install.py" in failing(env, "--prefix", str(prefix))
                assert (prefix / "venv").exists()
                process.send_signal(signal.SIGINT)
    assert process.returncode == 130


@pytest.mark.skipif(os.name != "posix", reason="the lock is a POSIX one")
def test_what_a_killed_installer_had_started_must_end_before_the_next_begins(
    tmp_path: Path,
) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    killed = f"""
import os, signal
from pathlib import Path
from installer.alone import alone
from installer.commands import run_aloud
from installer.progress import Progress
with alone(Path({str(tmp_path)!r})):
    Progress.hear = lambda _, words: words and os.kill(os.getpid(), signal.SIGKILL)
    run_aloud(
        ["sh", "-c", "echo started; read line < '{gate}'"],
        Progress(1), "waiting", Path({str(tmp_path / "log")!r}),
    )
"""
    done = subprocess.run([sys.executable, "-c", killed], cwd=CHECKOUT, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    with pytest.raises(InstallError, match="the pip that it started"), alone(tmp_path):
        pass
    gate.write_text("go\n")
    deadline = time.monotonic() + 20
    while True:
        try:
            with alone(tmp_path):
                return
        except InstallError:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.mark.skipif(os.name != "posix", reason="Windows' paths are Unicode under any locale")
def test_a_path_means_the_same_under_a_locale_that_is_not_utf_8(
    env: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "Zoë 日本"
    folder.mkdir()
    plain = {**env, "LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, INSTALL, "--stage-plugin", str(folder)],
        env=plain,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert str(folder / "sdedit") in done.stdout
