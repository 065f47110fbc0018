"""Pairing two machines by two copied lines, and what the paired one may do then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from zmq.utils import z85

import backend.remote
from backend.cli.command import main
from protocol.errors import ConnectionLost
from protocol.keys import load_client_keys, load_server_keys, make_keys
from protocol.limits import TIMEOUTS
from protocol.pairing import load_backend
from tests.backend.cli.sdedit_command import sdedit, start_sdedit
from tests.backend.front.running_front import eventually

KEY = "5a" * 32


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    return machine(tmp_path / "studio")


@pytest.fixture
def laptop(tmp_path: Path) -> Path:
    return machine(tmp_path / "laptop")


def machine(folder: Path) -> Path:
    """A folder whose home is that of a machine on which SDEdit was installed."""
    make_keys(folder / "home" / "keys")
    return folder


def command_in(said: str) -> list[str]:
    """The arguments of the one line to copy."""
    (line,) = (line for line in said.splitlines() if line.startswith("sdedit "))
    return line.split()[1:]


def pair(studio: Path, laptop: Path, address: str) -> str:
    """Copy line one to the studio's machine, and line two back; all that was copied."""
    first = command_in(sdedit(laptop, "keys", "new", "laptop").stdout)
    allowed = sdedit(studio, *first, "--as", "studio", "--address", address)
    second = command_in(allowed.stdout)
    done = sdedit(laptop, *second)
    assert done.returncode == 0, done.stderr
    return " ".join(first + second)


@contextmanager
def serving(studio: Path) -> Iterator[str]:
    """The studio's backend, listening for other machines; the address it has."""
    ready = studio / "ready.json"
    arguments = ("serve", "--listen", "tcp://127.0.0.1:*", "--ready-file", str(ready))
    with start_sdedit(studio, *arguments, "--device", "cpu") as process:
        try:
            eventually(ready.exists)
            yield ready.read_text().split('"')[3]
        finally:
            process.terminate()
            process.communicate(timeout=20)


def test_two_copied_lines_let_another_machine_edit_until_it_is_revoked(
    studio: Path, laptop: Path
) -> None:
    Image.new("RGB", (64, 64), (90, 120, 150)).save(laptop / "guide.png")
    edit = ("edit", "guide.png", "--out", "out.png", "--steps", "2", "--backend", "studio")
    sdedit(studio, "keys", "allow", "tablet", KEY)  # without anyone it would not listen
    with serving(studio) as address:
        pair(studio, laptop, address)
        done = sdedit(laptop, *edit)
        assert done.returncode == 0, done.stderr
        with Image.open(laptop / "out.png") as made:
            assert made.size == (64, 64)

        assert sdedit(studio, "keys", "revoke", "laptop").returncode == 0
        done = sdedit(laptop, *edit)
        assert done.returncode == 1
        assert done.stderr.startswith("The backend 'studio' does not let this machine in.")


def test_no_secret_is_in_what_is_copied_or_printed(studio: Path, laptop: Path) -> None:
    copied = pair(studio, laptop, "tcp://10.0.0.7:5570")
    listed = sdedit(laptop, "keys").stdout + sdedit(studio, "keys").stdout
    secrets = [load_server_keys(studio / "home" / "keys").secret]
    secrets += [load_client_keys(folder / "home" / "keys").secret for folder in (studio, laptop)]
    pairing = (laptop / "home" / "keys" / "backends" / "studio.json").read_text()
    secrets.append(pairing.split('"secret": "')[1][:40])
    for secret in secrets:
        assert len(secret) == 40
        for form in (secret, as_hex(secret)):
            assert form not in copied + listed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (f"allow this/machine {KEY}", "cannot be a name"),
        (f"allow laptop {KEY[:-1]}", "The key must be 64 hexadecimal digits."),
        ("allow laptop x", "The key must be 64 hexadecimal digits."),
        (f"allow laptop {'5b' * 32}", "Another key is called 'laptop' already."),
        (f"allow other {KEY}", "This key may connect already: it is called 'laptop'."),
        ("revoke tablet", "No client is called 'tablet'."),
        (f"trust studio tcp://studio {KEY}", "is not of the form tcp://HOST:PORT"),
        ("forget studio", "This machine is not paired with a backend called 'studio'."),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_2(
    studio: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: str,
    words: str,
) -> None:
    monkeypatch.setenv("SDEDIT_HOME", str(studio / "home"))
    assert main(["keys", "allow", "laptop", KEY]) == 0
    before = load_server_keys(studio / "home" / "keys").authorised
    capsys.readouterr()
    assert main(["keys", *arguments.split()]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert load_server_keys(studio / "home" / "keys").authorised == before


def test_a_second_line_before_the_first_says_what_comes_first(
    laptop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SDEDIT_HOME", str(laptop / "home"))
    assert main(["keys", "trust", "studio", "tcp://studio:5570", KEY]) == 1
    assert "'sdedit keys new' makes it." in capsys.readouterr().err


def test_commands_at_the_same_time_lose_no_entry(studio: Path) -> None:
    keys = [f"{number:02x}" * 32 for number in range(1, 7)]
    programs = [
        start_sdedit(studio, "keys", "allow", f"m{number}", key) for number, key in enumerate(keys)
    ]
    for program in programs:
        program.communicate(timeout=60)
    assert [program.returncode for program in programs] == [0] * len(programs)
    listed = sdedit(studio, "keys", "list").stdout
    assert all(key in listed for key in keys)


def test_a_backend_that_is_not_there_is_told_in_words(
    studio: Path, laptop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (8, 8)).save(laptop / "guide.png")
    monkeypatch.setattr(backend.remote, "TIMEOUTS", replace(TIMEOUTS, reach_s=0.2))
    pair(studio, laptop, "tcp://127.0.0.1:1")
    monkeypatch.setenv("SDEDIT_HOME", str(laptop / "home"))
    paired = load_backend(laptop / "home" / "keys", "studio")
    with pytest.raises(ConnectionLost, match="'studio' does not answer at"):
        backend.remote.RemoteBackend("studio", paired).__enter__()


def as_hex(key: str) -> str:
    return z85.decode(key).hex()
