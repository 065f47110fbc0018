"""The list of clients that may connect: changed one at a time, and unambiguous."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import zmq

from protocol.errors import InvalidValue
from protocol.keys import (
    THIS_MACHINE,
    allow,
    load_client_keys,
    load_server_keys,
    make_keys,
    revoke,
)


@pytest.fixture
def folder(tmp_path):
    make_keys(tmp_path / "keys")
    return tmp_path / "keys"


def new_key():
    return zmq.curve_keypair()[0].decode()


def test_a_client_is_let_in_and_no_more(folder):
    key = new_key()
    assert allow(folder, "laptop", key).public == load_server_keys(folder).public
    assert load_server_keys(folder).authorised["laptop"] == key
    allow(folder, "laptop", key)  # the same again changes nothing
    revoke(folder, "laptop")
    assert list(load_server_keys(folder).authorised) == [THIS_MACHINE]


@pytest.mark.parametrize("name", ["", THIS_MACHINE, "a b", "-x", "../x", "é", "x" * 65, "a\nb"])
def test_a_client_with_an_impossible_name_is_not_let_in(folder, name):
    with pytest.raises(InvalidValue, match="cannot be a name"):
        allow(folder, name, new_key())
    assert list(load_server_keys(folder).authorised) == [THIS_MACHINE]


def test_one_name_is_one_key_and_one_key_is_one_name(folder):
    key = new_key()
    allow(folder, "laptop", key)
    with pytest.raises(InvalidValue, match="Another key is called 'laptop' already"):
        allow(folder, "laptop", new_key())
    with pytest.raises(InvalidValue, match="This key may connect already: it is called 'laptop'"):
        allow(folder, "tablet", key)
    with pytest.raises(InvalidValue, match="it is called 'this machine'"):
        allow(folder, "tablet", load_client_keys(folder).public)
    with pytest.raises(InvalidValue, match="the backend's own key"):
        allow(folder, "tablet", load_server_keys(folder).public)
    assert load_server_keys(folder).authorised.keys() == {THIS_MACHINE, "laptop"}


def test_only_another_machine_that_is_known_can_be_revoked(folder):
    with pytest.raises(InvalidValue, match="No client is called 'laptop'"):
        revoke(folder, "laptop")
    with pytest.raises(InvalidValue, match="own key cannot be revoked"):
        revoke(folder, THIS_MACHINE)
    assert load_client_keys(folder).public in load_server_keys(folder).authorised.values()


CHANGE_OFTEN = """
import sys
from pathlib import Path
import zmq
from protocol.keys import allow, revoke
folder, name = Path(sys.argv[1]), sys.argv[2]
for number in range(10):
    allow(folder, f"{name}-{number}", zmq.curve_keypair()[0].decode())
    if number % 2:
        revoke(folder, f"{name}-{number}")
"""


def test_programs_that_change_the_list_at_once_lose_nothing_of_each_other(folder):
    names = ["a", "b", "c", "d"]
    root = Path(__file__).parents[2]
    programs = [
        subprocess.Popen([sys.executable, "-c", CHANGE_OFTEN, str(folder), name], cwd=root)
        for name in names
    ]
    assert [program.wait(60) for program in programs] == [0] * len(names)
    left = {f"{name}-{number}" for name in names for number in range(0, 10, 2)}
    assert load_server_keys(folder).authorised.keys() == {THIS_MACHINE} | left


def test_a_program_that_dies_with_the_lock_locks_nobody_out(folder):
    hold = (
        "import os, sys; from pathlib import Path; from protocol.key_files import only_writer\n"
        "with only_writer(Path(sys.argv[1])): os._exit(9)"
    )
    root = Path(__file__).parents[2]
    died = subprocess.run([sys.executable, "-c", hold, str(folder)], cwd=root, check=False)
    assert died.returncode == 9
    allow(folder, "laptop", new_key())
