"""Keys that are of no use made anew, and no others: each that is made anew undoes pairings."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .errors import KeyFileError
from .key_files import make_private_folder, new_pair, only_writer, write_values
from .keys import (
    THIS_MACHINE,
    ClientKeys,
    load_client_keys,
    make_missing,
    read_authorised,
    read_server_pair,
)

FILES = ("server.json", "authorised.json", "client.json")


def mend_keys(folder: Path) -> list[str]:
    """Make anew what is missing, damaged, or could be known to others; the names of those files.

    Other machines stay on the list of clients while it can be trusted, and go on trusting the
    backend while its pair is kept. Raises KeyFileError when the folder cannot be written.
    """
    before = _contents(folder)
    with only_writer(folder):
        if _others_could_write(folder):
            for name in FILES:  # any of them may have been put there by somebody else
                (folder / name).unlink(missing_ok=True)
        make_private_folder(folder)
        _mend(folder)
        make_missing(folder)
    after = _contents(folder)
    return [name for name in FILES if before.get(name) != after[name]]


def _mend(folder: Path) -> None:
    """Bring server.json and authorised.json in order; remove a client.json that does not fit."""
    client: ClientKeys | None = None
    authorised: dict[str, str] | None = None
    server: dict[str, str] | None = None
    with contextlib.suppress(KeyFileError):
        client = load_client_keys(folder)
    with contextlib.suppress(KeyFileError):
        authorised = read_authorised(folder)
    with contextlib.suppress(KeyFileError):
        server = read_server_pair(folder)
    if client is not None and not _fits(client, server, authorised):
        client = None
    if client is None:
        (folder / "client.json").unlink(missing_ok=True)
    if authorised is None:
        only = {} if client is None else {THIS_MACHINE: client.public}
        write_values(folder / "authorised.json", only)
    if server is None:
        write_values(folder / "server.json", new_pair())


def _fits(
    client: ClientKeys, server: dict[str, str] | None, authorised: dict[str, str] | None
) -> bool:
    """Whether it knows the backend, and the backend it."""
    if server is None or client.server_public != server["public"]:
        return False
    return authorised is None or client.public in authorised.values()


def _others_could_write(folder: Path) -> bool:
    return os.name == "posix" and bool(folder.stat().st_mode & 0o022)


def _contents(folder: Path) -> dict[str, bytes]:
    contents = {}
    for name in FILES:
        with contextlib.suppress(OSError):
            contents[name] = (folder / name).read_bytes()
    return contents
