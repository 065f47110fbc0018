"""`sdedit doctor --report`: enough to find a fault by, and nothing that tells who has it."""

from __future__ import annotations

import getpass
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from backend.cli.bug_report import LOG_BYTES, LOG_LINES, Anonymiser, make_report
from backend.paths import ROOT
from protocol import VERSION
from protocol.keys import make_keys
from protocol.pairing import new_public_key, trust
from tests.backend.cli.sdedit_command import sdedit


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The installation of a user with a name of her own, with keys and logs."""
    monkeypatch.setenv("HOME", str(tmp_path / "annabella"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "annabella"))
    monkeypatch.setenv("USER", "annabella")
    home = tmp_path / "annabella" / ".local" / "share" / "sdedit"
    make_keys(home / "keys")
    (home / "logs").mkdir()
    return home


def report(home: Path) -> str:
    return make_report(["ok     Python is well.", "WRONG  The model is gone."], home)


def all_keys(home: Path) -> list[str]:
    """What stands in the files of keys, whatever they are."""
    found: list[str] = []

    def collect(value: object) -> None:
        if isinstance(value, str) and len(value) >= 40:
            found.append(value)
        elif isinstance(value, dict):
            for part in (*value.keys(), *value.values()):
                collect(part)
        elif isinstance(value, list):
            for part in value:
                collect(part)

    for path in (home / "keys").rglob("*.json"):
        collect(json.loads(path.read_text()))
    return found


def test_it_tells_versions_system_checks_and_the_ends_of_the_logs(home: Path) -> None:
    log = home / "logs" / "front-12.log"
    log.write_text("".join(f"line {number}\n" for number in range(1000)))
    text = report(home)
    assert f"SDEdit {VERSION}" in text
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in text
    assert "WRONG  The model is gone." in text
    assert "== The end of front-12.log" in text
    assert "line 999\n" in text
    assert f"line {1000 - LOG_LINES}\n" in text
    assert f"line {1000 - LOG_LINES - 1}\n" not in text


def test_it_names_each_krita_that_has_loaded_the_plugin_once(home: Path) -> None:
    lines = [
        f"2026-01-01 00:00:00 INFO sdedit.application: Loaded in Krita {version}; it is 0.1.0."
        for version in ("5.1.5, Python 3.11.2", "5.2.9, Python 3.10.7", "5.1.5, Python 3.11.2")
    ]
    (home / "logs" / "plugin.log").write_text("\n".join(lines))
    kritas = report(home).split("loaded\n")[1].split("\n\n")[0].splitlines()
    assert [line.partition(",")[0] for line in kritas] == ["Krita 5.2.9", "Krita 5.1.5"]


def test_it_names_nobody_and_holds_no_key(home: Path) -> None:
    keys = all_keys(home)
    assert len(keys) >= 5
    other_home = "/home/berenice/paintings" if os.name == "posix" else "C:\\Users\\berenice\\x"
    said = [
        f"Cannot read {home}/models/x and {other_home}.",
        f"{socket.gethostname()} {getpass.getuser()} Annabella ANNABELLA",
        "A client at 192.168.17.23 and one at 127.0.0.1.",
        *keys,
    ]
    (home / "logs" / "front-12.log").write_text("\n".join(said))
    text = report(home)
    for secret in (str(Path.home()), "annabella", "berenice", "192.168.17.23", *keys):
        assert secret.lower() not in text.lower()
    assert "Cannot read HOME/.local/share/sdedit/models/x" in text
    assert "127.0.0.1" in text
    assert text.count("KEY") >= len(keys)


def test_it_does_not_name_the_machines_that_this_one_is_paired_with(home: Path) -> None:
    new_public_key(home / "keys")
    trust(home / "keys", "annas-tower", "tcp://annas-tower.example.org:5570", "." * 40)
    (home / "logs" / "plugin.log").write_text("“annas-tower” does not let this machine in.\n")
    text = report(home)
    assert "“BACKEND” does not let this machine in." in text
    assert "annas-tower" not in text


def test_the_plugins_log_is_in_it_however_many_others_there_are(home: Path) -> None:
    (home / "logs" / "plugin.log").write_text("The edit ended: Done.")
    os.utime(home / "logs" / "plugin.log", (0, 0))
    for number in range(30):
        (home / "logs" / f"front-{number}.log").write_text("Stopped.")
    text = report(home)
    assert "The edit ended: Done." in text
    assert text.count("Stopped.") < 30


def test_a_short_name_does_not_spoil_other_words(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER", "al")
    cleaned = Anonymiser(home).clean("al said: all is also well, AL.")
    assert cleaned == "USER said: all is also well, USER."


def test_a_huge_log_costs_little(home: Path) -> None:
    with (home / "logs" / "front-12.log").open("wb") as log:
        log.truncate(4 * 1024**3)
    assert len(report(home)) < 2 * LOG_BYTES


def test_the_command_writes_it_and_says_where(tmp_path: Path) -> None:
    """In a home without keys, so that the doctor has something to say and no edit to make."""
    done = sdedit(tmp_path, "doctor", "--report", "found.txt")
    assert done.returncode == 1
    assert "The report is in found.txt." in done.stdout
    text = (tmp_path / "found.txt").read_text(encoding="utf-8")
    assert "WRONG  " in text
    assert "torch " in text
    assert "Devices, best first: " in text


def test_a_report_that_cannot_be_written_is_a_sentence_at_once(tmp_path: Path) -> None:
    done = sdedit(tmp_path, "doctor", "--report", "no/such/folder.txt")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"The folder {tmp_path}/no/such does not exist. Make it first, or choose another.\n"
    )


def test_it_needs_nothing_installed(tmp_path: Path) -> None:
    """With -S Python sees no installed package: not even pyzmq."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "backend", "doctor", "--report", str(tmp_path / "found.txt")],
        cwd=ROOT,
        env={"SDEDIT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert "WRONG  torch cannot be imported" in (tmp_path / "found.txt").read_text()
