"""Two machines are paired, and no secret ever leaves the one on which it was made."""

from __future__ import annotations

import os
import stat

import pytest
import zmq

from protocol.errors import InvalidValue, KeyFileError
from protocol.keys import make_keys
from protocol.pairing import backend_names, forget, load_backend, new_public_key, trust

SERVER, OTHER_SERVER = (zmq.curve_keypair()[0].decode() for _ in range(2))
STUDIO = "tcp://studio.local:5570"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "keys"
    make_keys(folder)
    return folder


def paired(folder, name="studio"):
    key = new_public_key(folder)
    trust(folder, name, STUDIO, SERVER)
    return key


def test_a_backend_that_is_trusted_is_spoken_to_with_the_key_that_was_made_for_it(folder):
    key = paired(folder)
    backend = load_backend(folder, "studio")
    assert backend.address == STUDIO
    assert backend.keys.public == key
    assert backend.keys.server_public == SERVER
    assert zmq.curve_public(backend.keys.secret.encode()).decode() == key
    assert backend.keys.secret not in repr(backend)
    assert backend_names(folder) == ["studio"]


def test_the_new_key_stays_the_same_until_a_backend_is_trusted(folder):
    key = new_public_key(folder)
    assert new_public_key(folder) == key
    trust(folder, "studio", STUDIO, SERVER)
    assert new_public_key(folder) != key


def test_a_pairing_needs_nothing_but_a_folder_that_can_be_made(tmp_path):
    key = paired(tmp_path / "nowhere" / "keys")
    assert load_backend(tmp_path / "nowhere" / "keys", "studio").keys.public == key


def test_the_same_backend_may_move(folder):
    key = paired(folder)
    trust(folder, "studio", "tcp://10.0.0.7:5571", SERVER)
    backend = load_backend(folder, "studio")
    assert (backend.address, backend.keys.public) == ("tcp://10.0.0.7:5571", key)


def test_another_backend_takes_no_known_ones_name(folder):
    paired(folder)
    new_public_key(folder)
    with pytest.raises(InvalidValue, match="Another backend is called 'studio' already"):
        trust(folder, "studio", STUDIO, OTHER_SERVER)
    assert load_backend(folder, "studio").keys.server_public == SERVER


def test_a_backend_without_a_key_made_for_it_is_not_trusted(folder):
    with pytest.raises(KeyFileError, match="'sdedit keys new' makes it"):
        trust(folder, "studio", STUDIO, SERVER)
    assert backend_names(folder) == []


def test_what_is_forgotten_is_gone_and_can_be_paired_again(folder):
    key = paired(folder)
    forget(folder, "studio")
    assert not any("studio" in path.name for path in folder.rglob("*"))
    with pytest.raises(InvalidValue, match="not paired with a backend called 'studio'"):
        load_backend(folder, "studio")
    assert paired(folder) != key


@pytest.mark.parametrize("name", ["", ".", "..", "../client", "a/b", "a b", "-x", "é", "x" * 65])
def test_a_name_that_could_be_a_path_is_none(folder, name):
    new_public_key(folder)
    with pytest.raises(InvalidValue, match="cannot be a name"):
        trust(folder, name, STUDIO, SERVER)
    for act in (forget, load_backend):
        with pytest.raises(InvalidValue):
            act(folder, name)


@pytest.mark.parametrize(
    "address",
    [
        *("", "studio", "studio:5570", "tcp://studio", "tcp://studio:*", "tcp://studio:0"),
        *("tcp://studio:65536", "tcp://stu dio:1", "ipc://x", "inproc://x", "tcp://a:1;b:2"),
    ],
)
def test_an_address_nobody_can_connect_to_is_refused(folder, address):
    new_public_key(folder)
    with pytest.raises(InvalidValue, match="is not of the form tcp://HOST:PORT"):
        trust(folder, "studio", address, SERVER)
    assert backend_names(folder) == []


@pytest.mark.skipif(os.name != "posix", reason="file modes mean nothing here")
def test_only_the_owner_can_open_what_a_pairing_makes(folder):
    before = os.umask(0)
    try:
        paired(folder)
        new_public_key(folder)
    finally:
        os.umask(before)
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    (folder / "backends" / "studio.json").chmod(0o640)
    with pytest.raises(KeyFileError, match="can be opened by other users"):
        load_backend(folder, "studio")


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"address": 5}', f'{{"address": "{STUDIO}", "server": "{SERVER}"}}'],
)
def test_a_damaged_pairing_says_how_to_mend_it(folder, text):
    paired(folder)
    (folder / "backends" / "studio.json").write_text(text)
    with pytest.raises(KeyFileError, match="is damaged") as caught:
        load_backend(folder, "studio")
    assert "'sdedit keys forget studio'" in caught.value.hint
    forget(folder, "studio")
    assert backend_names(folder) == []
