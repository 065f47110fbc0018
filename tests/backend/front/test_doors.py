"""Where the backend may listen, and what must be there first."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.front.doors import check_door
from protocol.errors import KeyFileError, SDEditError
from protocol.keys import allow, make_keys, revoke
from tests.backend.cli.sdedit_command import sdedit

LOCAL = ["tcp://127.0.0.1:*", "tcp://127.0.0.1:5570", "tcp://127.9.9.9:*", "ipc:///tmp/sdedit"]
OPEN = [
    *("tcp://*:5570", "tcp://0.0.0.0:5570", "tcp://192.168.1.20:*", "tcp://eth0:5570"),
    *("tcp://localhost:5570", "tcp://127.0.0.1.example.org:1", "tcp://127.0.0.1;0.0.0.0:5570"),
    *("tcp://127.1:5570", "tcp://0x7f000001:5570", "tcp://[::]:5570", "tcp://lo:5570"),
]
"""Some of these are this machine's own; only what is so beyond doubt counts as local."""


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    make_keys(tmp_path / "home" / "keys")
    return tmp_path / "home" / "keys"


@pytest.mark.parametrize("address", LOCAL)
def test_this_machines_own_addresses_need_nothing_more(keys: Path, address: str) -> None:
    check_door(address, is_open=False, keys_folder=keys)


@pytest.mark.parametrize("address", OPEN)
def test_an_address_that_others_can_reach_needs_listen(keys: Path, address: str) -> None:
    allow(keys, "laptop", "." * 40)
    with pytest.raises(SDEditError, match="Other machines can reach") as caught:
        check_door(address, is_open=False, keys_folder=keys)
    assert f"--listen {address}" in caught.value.hint
    check_door(address, is_open=True, keys_folder=keys)


@pytest.mark.parametrize("address", [*LOCAL, *OPEN])
def test_listening_needs_a_client_that_may_come(keys: Path, address: str) -> None:
    with pytest.raises(SDEditError, match="No other machine may connect"):
        check_door(address, is_open=True, keys_folder=keys)
    allow(keys, "laptop", "." * 40)
    revoke(keys, "laptop")
    with pytest.raises(SDEditError, match="No other machine may connect"):
        check_door(address, is_open=True, keys_folder=keys)


@pytest.mark.parametrize(
    "address",
    ["", "5570", "127.0.0.1:5570", "tcp://127.0.0.1", "tcp://127.0.0.1:x", "udp://127.0.0.1:1"],
)
@pytest.mark.parametrize("is_open", [True, False])
def test_what_is_no_address_is_refused(keys: Path, address: str, is_open: bool) -> None:
    with pytest.raises(SDEditError, match="is not of the form tcp://HOST:PORT"):
        check_door(address, is_open, keys)


@pytest.mark.parametrize(("is_open", "port"), [(True, 99999), (False, 65536), (True, 10**9)])
def test_a_port_out_of_range_names_the_range(keys: Path, is_open: bool, port: int) -> None:
    with pytest.raises(SDEditError, match=rf"\(there is no port {port}\)\.") as caught:
        check_door(f"tcp://127.0.0.1:{port}", is_open, keys)
    assert caught.value.hint == "Choose one from 1 to 65535."


def test_what_is_no_address_gets_an_example_of_its_own_kind(keys: Path) -> None:
    for is_open, example in ((True, "tcp://*:5570"), (False, "tcp://127.0.0.1:*")):
        with pytest.raises(SDEditError) as caught:
            check_door("5570", is_open, keys)
        assert example in caught.value.hint


def test_listening_with_keys_that_others_can_read_is_refused(keys: Path) -> None:
    allow(keys, "laptop", "." * 40)
    (keys / "authorised.json").chmod(0o644)
    with pytest.raises(KeyFileError, match="can be opened by other users"):
        check_door("tcp://*:5570", is_open=True, keys_folder=keys)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ("--address tcp://0.0.0.0:0", 2, "Other machines can reach tcp://0.0.0.0:0."),
        ("--listen tcp://0.0.0.0:0", 1, "No other machine may connect, so the backend does not"),
    ],
)
def test_the_command_refuses_in_a_sentence_and_listens_nowhere(
    tmp_path: Path, keys: Path, options: str, code: int, words: str
) -> None:
    assert keys.exists()
    done = sdedit(tmp_path, "serve", *options.split())
    assert done.returncode == code
    assert words in done.stderr
    assert "listens" not in done.stdout
