"""Key files: made once, for their owner only, and refused when anything about them is wrong."""

from __future__ import annotations

import json
import os
import shutil
import stat
import traceback

import pytest
import zmq

from protocol.errors import KeyFileError
from protocol.keys import load_client_keys, load_server_keys, make_keys

FILES = ("server.json", "client.json", "authorised.json")
posix = pytest.mark.skipif(os.name != "posix", reason="file modes mean nothing here")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "data" / "keys"
    make_keys(folder)
    return folder


def refusal_of(load, folder):
    with pytest.raises(KeyFileError) as caught:
        load(folder)
    assert caught.value.hint
    return caught.value


def change(path, **values):
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_both_sides_get_pairs_that_belong_together(folder):
    server, client = load_server_keys(folder), load_client_keys(folder)
    assert client.server_public == server.public
    assert server.authorised == {"this machine": client.public}
    for pair in (server, client):
        assert zmq.curve_public(pair.secret.encode()) == pair.public.encode()
    assert server.public != client.public


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_can_open_the_files_whatever_the_umask(tmp_path, umask):
    before = os.umask(umask)
    try:
        make_keys(tmp_path / "keys")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == sorted([*FILES, "lock"])
    for name in [*FILES, "lock"]:
        assert stat.S_IMODE((tmp_path / "keys" / name).stat().st_mode) == 0o600


@posix
def test_at_no_moment_can_others_open_a_file_or_list_the_folder(tmp_path, monkeypatch):
    # Everything that makes or moves a file is watched from its very first moment.
    seen = []

    def watched(function):
        def call(*args, **kwargs):
            made = function(*args, **kwargs)
            inside = [tmp_path / "keys", *(tmp_path / "keys").glob("*")]
            seen.extend((path, path.stat().st_mode & 0o077) for path in inside)
            return made

        return call

    before = os.umask(0)
    try:
        for name in ("open", "mkdir", "replace"):
            monkeypatch.setattr(os, name, watched(getattr(os, name)))
        make_keys(tmp_path / "keys")
    finally:
        os.umask(before)
    assert len({path for path, _ in seen}) > len(FILES)
    assert {others for _, others in seen} == {0}


def test_keys_that_are_there_are_kept(folder):
    before = {name: (folder / name).read_bytes() for name in FILES}
    make_keys(folder)
    assert {name: (folder / name).read_bytes() for name in FILES} == before


def test_a_missing_client_pair_is_added_without_changing_the_server(folder):
    server = load_server_keys(folder)
    friend = zmq.curve_keypair()[0].decode()
    change(folder / "authorised.json", friend=friend)
    (folder / "client.json").unlink()
    make_keys(folder)
    client = load_client_keys(folder)
    assert client.server_public == load_server_keys(folder).public == server.public
    assert load_server_keys(folder).authorised == {"friend": friend, "this machine": client.public}


def test_a_missing_server_pair_makes_everything_new(folder):
    old = load_client_keys(folder)
    (folder / "server.json").unlink()
    make_keys(folder)
    server, client = load_server_keys(folder), load_client_keys(folder)
    assert client.public != old.public
    assert server.authorised == {"this machine": client.public}
    assert client.server_public == server.public


@pytest.mark.parametrize("made", [["authorised.json"], ["authorised.json", "server.json"]])
def test_a_creation_that_was_cut_short_is_completed(folder, made):
    for name in set(FILES) - set(made):
        (folder / name).unlink()
    make_keys(folder)
    server, client = load_server_keys(folder), load_client_keys(folder)
    assert server.authorised["this machine"] == client.public
    assert client.server_public == server.public


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    load = load_client_keys if name == "client.json" else load_server_keys
    error = refusal_of(load, folder)
    assert error.sentence == f"The key file {folder / name} is missing."
    assert error.hint == "Run install.py again: it makes new keys."


def test_a_missing_folder_is_refused(tmp_path):
    for load in (load_client_keys, load_server_keys):
        assert "is missing" in refusal_of(load, tmp_path / "nowhere").sentence


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o644])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_others_can_open_is_refused(folder, name, mode):
    path = folder / name
    path.chmod(mode)
    error = refusal_of(load_client_keys if name == "client.json" else load_server_keys, folder)
    assert error.sentence == f"{path} can be opened by other users (mode {mode:o})."
    assert error.hint == f"Run: chmod 600 '{path}'"
    assert refusal_of(make_keys, folder).sentence == error.sentence


@posix
@pytest.mark.parametrize("mode", [0o755, 0o710, 0o701, 0o770])
def test_a_folder_that_others_can_open_is_refused(folder, mode):
    folder.chmod(mode)
    for load in (load_client_keys, load_server_keys, make_keys):
        error = refusal_of(load, folder)
        assert error.sentence == f"{folder} can be opened by other users (mode {mode:o})."
        assert error.hint == f"Run: chmod 700 '{folder}'"


SECRET = zmq.curve_keypair()[1].decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        "\xff",
        "[" * 100_000,
        f'{{"public": "{SECRET}", "secret": "{SECRET}", "server": "{SECRET}"}}',
        f'{{"public": "{SECRET}", "secret": "{SECRET[:-1]}", "server": "{SECRET}"}}',
        f'{{"public": "{SECRET}", "secret": 7, "server": "{SECRET}"}}',
        f'{{"public": "{SECRET}", "secret": "{"~" * 40}", "server": "{SECRET}"}}',
        f'{{"public": "{SECRET}", "secret": "{"#" * 40}", "server": "{SECRET}"}}',
        f'{{"public": "{SECRET}", "secret": "{"é" * 40}", "server": "{SECRET}"}}',
        f'{{"secret": "{SECRET}", "server": "{SECRET}"',
    ],
)
@pytest.mark.parametrize("name", ["server.json", "client.json"])
def test_a_damaged_file_is_refused_and_never_replaced(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="latin-1")
    error = refusal_of(load_client_keys if name == "client.json" else load_server_keys, folder)
    assert error.sentence == f"The key file {path} is damaged."
    assert error.hint.startswith(f"Delete the folder {folder}. Run install.py again")
    assert refusal_of(make_keys, folder).sentence == error.sentence
    assert path.read_text(encoding="latin-1") == text


def test_an_authorised_key_that_is_no_key_is_refused(folder):
    change(folder / "authorised.json", friend="not a key")
    error = refusal_of(load_server_keys, folder)
    assert error.sentence == f"The key file {folder / 'authorised.json'} is damaged."


def test_the_remedy_for_damaged_keys_works(folder):
    (folder / "server.json").write_text("{")
    shutil.rmtree(folder)
    make_keys(folder)
    assert load_client_keys(folder).server_public == load_server_keys(folder).public


def test_a_folder_in_a_files_place_is_refused(folder):
    (folder / "server.json").unlink()
    (folder / "server.json").mkdir()
    assert "cannot be read" in refusal_of(load_server_keys, folder).sentence


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    error = refusal_of(make_keys, tmp_path / "file" / "keys")
    assert "cannot be written" in error.sentence
    assert "--prefix" in error.hint


def test_no_secret_is_in_a_repr(folder):
    for keys in (load_server_keys(folder), load_client_keys(folder)):
        assert keys.secret not in repr(keys)
        assert keys.public in repr(keys)


@pytest.mark.parametrize("name", ["server.json", "client.json"])
def test_no_secret_is_in_the_error_about_a_damaged_file(folder, name):
    secret = json.loads((folder / name).read_text())["secret"]
    (folder / name).write_text(f'{{"secret": "{secret}", ')
    load = load_client_keys if name == "client.json" else load_server_keys
    error = refusal_of(load, folder)
    assert error.__cause__ is None
    assert error.__context__ is None
    assert secret not in repr(vars(error))
    assert secret not in "".join(
        traceback.format_exception(type(error), error, error.__traceback__)
    )
