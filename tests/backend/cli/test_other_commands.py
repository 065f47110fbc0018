from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.cli.command import main
from backend.models.catalogue import SHIPPED, list_models
from backend.paths import ROOT
from installer.project import read_project, requirement_name
from protocol import VERSION
from protocol.keys import make_keys
from tests.backend.cli.sdedit_command import sdedit, start_sdedit


def test_the_version_is_told(tmp_path: Path) -> None:
    assert sdedit(tmp_path, "--version").stdout == f"sdedit {VERSION}\n"


def test_every_command_has_help(tmp_path: Path) -> None:
    overview = sdedit(tmp_path, "--help").stdout
    for name in ("serve", "edit", "models", "doctor"):
        assert name in overview
        assert sdedit(tmp_path, name, "--help").stdout.startswith(f"usage: sdedit {name} ")


def test_a_reader_that_has_seen_enough_is_nothing_to_speak_of(tmp_path: Path) -> None:
    with start_sdedit(tmp_path, "models") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (1, "")


def test_models_lists_each_with_its_title_and_licence(tmp_path: Path) -> None:
    said = sdedit(tmp_path, "models").stdout
    for model in list_models([SHIPPED]):
        assert model.name in said
        assert model.title in said
        assert model.licence in said


def test_the_doctor_finds_everything_right_where_it_is(tmp_path: Path) -> None:
    make_keys(tmp_path / "home" / "keys")
    done = sdedit(tmp_path, "doctor")
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert all(line.startswith("ok ") for line in lines[:-1]), done.stdout
    assert lines[-1] == "Everything is right."
    for requirement in read_project().dependencies:
        assert any(line.startswith(f"ok     {requirement_name(requirement)} ") for line in lines)
    for words in ("Python 3.", "its SHA-256 is right", "keys in", "4 steps took"):
        assert words in done.stdout


def test_the_doctor_names_every_wrong_thing_with_a_remedy(tmp_path: Path) -> None:
    keys = tmp_path / "home" / "keys"
    make_keys(keys)
    (keys / "server.json").chmod(0o644)
    copy = tmp_path / "home" / "models" / "landscape"
    shutil.copytree(SHIPPED / "landscape", copy)
    with (copy / "model.safetensors").open("ab") as file:
        file.write(b"more")
    done = sdedit(tmp_path, "doctor")
    assert done.returncode == 1
    assert "can be opened by other users (mode 644)." in done.stdout
    assert f"       Run: chmod 600 '{keys / 'server.json'}'" in done.stdout
    assert "are damaged or were changed." in done.stdout
    assert done.stdout.splitlines()[-1] == "2 things are wrong."


def test_serve_without_keys_says_what_to_do(tmp_path: Path) -> None:
    done = sdedit(tmp_path, "serve")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"The key file {tmp_path / 'home' / 'keys' / 'server.json'} is missing. "
        "Run install.py again: it makes new keys."
    )


def test_serve_at_an_impossible_address_says_what_to_do(tmp_path: Path) -> None:
    make_keys(tmp_path / "home" / "keys")
    for address in ("ipc:///no/such/folder/socket", "nonsense", "tcp://127.0.0.1:99999"):
        done = sdedit(tmp_path, "serve", "--address", address)
        assert done.returncode == 2
        assert f"The backend cannot listen at {address} (" in done.stderr
        assert "Traceback" not in done.stderr


def test_serve_with_a_cluster_but_another_engine_says_what_to_do(tmp_path: Path) -> None:
    done = sdedit(tmp_path, "serve", "--cluster", "10.0.0.1:6379")
    assert done.returncode == 2
    assert "--cluster needs --engine ray. Add it" in done.stderr


def test_serve_on_a_device_that_is_not_there_says_so_where_it_was_started(tmp_path: Path) -> None:
    make_keys(tmp_path / "keys")
    with subprocess.Popen(
        [sys.executable, "-m", "backend", "serve", "--device", "cuda:99", "--until-stdin-closes"],
        cwd=ROOT,
        env={**os.environ, "SDEDIT_HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as serving:
        assert serving.stdin is not None
        assert serving.stderr is not None
        try:
            said = next(line for line in serving.stderr if line.startswith("This machine has no"))
        finally:
            serving.stdin.close()
    assert "cuda:99" in said
    assert "Choose one of" in said


def test_a_backend_that_cannot_start_leaves_the_ready_file_of_the_one_that_runs(
    tmp_path: Path,
) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text('{"address": "tcp://127.0.0.1:5555", "pid": 1}')
    before = ready.read_bytes()
    done = sdedit(tmp_path, "serve", "--ready-file", str(ready))  # there are no keys
    assert done.returncode == 1
    assert ready.read_bytes() == before


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="there pathlib's glob passes over it")
def test_a_data_folder_that_cannot_be_looked_into_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / ("x" * 300)  # longer than a name may be
    monkeypatch.setenv("SDEDIT_HOME", str(home))
    assert main(["models"]) == 1
    assert capsys.readouterr().err == f"{home / 'models'} cannot be used (File name too long).\n"


def test_the_command_needs_nothing_installed_to_say_what_is_missing(tmp_path: Path) -> None:
    """With -S Python sees no installed package: not even pyzmq."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "backend", "doctor"],
        cwd=ROOT,
        env={"SDEDIT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "WRONG  torch cannot be imported" in done.stdout
    assert done.stderr == ""
