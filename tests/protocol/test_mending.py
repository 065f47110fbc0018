"""Keys that are of no use are made anew; what is right stays, for other machines rely on it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import zmq

from protocol.key_files import new_pair, write_values
from protocol.keys import allow, load_client_keys, load_server_keys, make_keys
from protocol.mending import FILES, mend_keys
from protocol.pairing import Backend, load_backend, new_public_key, trust

posix = pytest.mark.skipif(os.name != "posix", reason="file modes mean nothing here")
TABLET = zmq.curve_keypair()[0].decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A machine's keys: a tablet may connect, and it is paired with a studio's backend itself."""
    folder = tmp_path / "keys"
    make_keys(folder)
    allow(folder, "tablet", TABLET)
    new_public_key(folder)
    trust(folder, "studio", "tcp://studio:5570", new_pair()["public"])
    return folder


@pytest.fixture
def studio(folder: Path) -> Backend:
    return load_backend(folder, "studio")


def assert_whole(folder: Path, studio: Backend) -> None:
    server, client = load_server_keys(folder), load_client_keys(folder)
    assert client.server_public == server.public
    assert server.authorised["this machine"] == client.public
    assert load_backend(folder, "studio") == studio


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def show(path: Path) -> None:
    path.chmod(0o644)


WAYS = [Path.unlink, spoil, pytest.param(show, marks=posix)]
ways = pytest.mark.parametrize("break_it", WAYS, ids=["missing", "damaged", "open to others"])


def test_what_is_right_is_left(folder: Path, studio: Backend) -> None:
    before = {name: (folder / name).read_bytes() for name in FILES}
    assert mend_keys(folder) == []
    assert {name: (folder / name).read_bytes() for name in FILES} == before
    assert_whole(folder, studio)


def test_where_nothing_is_everything_is_made(tmp_path: Path) -> None:
    assert mend_keys(tmp_path / "new" / "keys") == list(FILES)
    assert list(load_server_keys(tmp_path / "new" / "keys").authorised) == ["this machine"]


@ways
def test_a_bad_client_pair_alone_is_made_anew(folder: Path, studio: Backend, break_it) -> None:
    server, client = load_server_keys(folder), load_client_keys(folder)
    break_it(folder / "client.json")
    assert mend_keys(folder) == ["authorised.json", "client.json"]
    assert load_server_keys(folder).public == server.public
    assert load_server_keys(folder).authorised["tablet"] == TABLET
    assert load_client_keys(folder).public != client.public
    assert_whole(folder, studio)


@ways
def test_a_bad_list_of_clients_keeps_both_pairs(folder: Path, studio: Backend, break_it) -> None:
    server, client = load_server_keys(folder), load_client_keys(folder)
    break_it(folder / "authorised.json")
    assert mend_keys(folder) == ["authorised.json"]
    assert load_server_keys(folder).public == server.public
    assert load_server_keys(folder).authorised == {"this machine": client.public}
    assert_whole(folder, studio)


@ways
def test_a_bad_backend_pair_keeps_the_list_of_clients(
    folder: Path, studio: Backend, break_it
) -> None:
    server, client = load_server_keys(folder), load_client_keys(folder)
    break_it(folder / "server.json")
    assert mend_keys(folder) == list(FILES)
    assert load_server_keys(folder).public != server.public
    assert load_server_keys(folder).authorised["tablet"] == TABLET
    assert load_client_keys(folder).public != client.public
    assert_whole(folder, studio)


@pytest.mark.parametrize("foreign", ["pair", "server"])
def test_a_client_pair_that_does_not_fit_the_backend_is_made_anew(
    folder: Path, studio: Backend, foreign: str
) -> None:
    values = json.loads((folder / "client.json").read_text())
    pair = new_pair()
    values.update(pair if foreign == "pair" else {"server": pair["public"]})
    write_values(folder / "client.json", values)
    assert mend_keys(folder) == ["authorised.json", "client.json"]
    assert load_server_keys(folder).authorised["tablet"] == TABLET
    assert_whole(folder, studio)


@posix
def test_a_folder_that_others_could_only_read_is_closed_and_all_keys_kept(
    folder: Path, studio: Backend
) -> None:
    folder.chmod(0o755)
    assert mend_keys(folder) == []
    assert_whole(folder, studio)


@posix
def test_of_a_folder_that_others_could_write_no_key_is_kept(folder: Path) -> None:
    folder.chmod(0o770)
    assert mend_keys(folder) == list(FILES)
    assert list(load_server_keys(folder).authorised) == ["this machine"]
