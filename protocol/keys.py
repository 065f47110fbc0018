"""CURVE keys: who may speak to the backend, kept in files that only their owner can read.

keys/            0700
    server.json      0600   the backend's own pair
    client.json      0600   this machine's client pair and the backend's public key
    authorised.json  0600   {name: public key} of every client that may connect
    lock             0600   held by whoever changes these files
    …                       of backends on other machines: see pairing.py

On Windows the modes mean nothing; there a user's profile folder is private by default.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Sequence

from .errors import InvalidValue
from .key_files import (
    damaged,
    is_key,
    is_pair,
    make_private_folder,
    new_pair,
    only_writer,
    read_values,
    write_values,
)
from .sentences import shown

THIS_MACHINE = "this machine"
"""The name of the client whose keys are made with the backend's. No other can have it: see NAME."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What another machine may be called."""


@dataclass(frozen=True)
class ServerKeys:
    """The backend's pair (Z85 text) and the public keys it lets in."""

    public: str
    secret: str = field(repr=False)
    authorised: dict[str, str]


@dataclass(frozen=True)
class ClientKeys:
    """A client's pair and the public key of the backend it trusts (Z85 text)."""

    public: str
    secret: str = field(repr=False)
    server_public: str


def make_keys(folder: Path) -> None:
    """Make in ``folder`` whichever pair is not there yet.

    Raises KeyFileError when the folder cannot be written, and when keys that are there cannot
    be used: they are never replaced, because other machines may trust them.
    """
    with only_writer(folder):
        make_missing(folder)


def make_missing(folder: Path) -> None:
    """What `make_keys` does, for the folder's `only_writer`."""
    server_file, client_file = folder / "server.json", folder / "client.json"
    if not server_file.exists():
        make_private_folder(folder)
        client_file.unlink(missing_ok=True)  # it trusts a server that is no more
        write_values(folder / "authorised.json", {})
        write_values(server_file, new_pair())
    server = load_server_keys(folder)
    if not client_file.exists():
        pair = new_pair()
        authorised = {**server.authorised, THIS_MACHINE: pair["public"]}
        write_values(folder / "authorised.json", authorised)
        write_values(client_file, {**pair, "server": server.public})
    load_client_keys(folder)


def load_server_keys(folder: Path) -> ServerKeys:
    """The backend's keys, or KeyFileError when missing, damaged, or readable by others."""
    pair = read_server_pair(folder)
    return ServerKeys(pair["public"], pair["secret"], read_authorised(folder))


def read_server_pair(folder: Path) -> dict[str, str]:
    """The backend's own pair. Raises KeyFileError as `load_server_keys` does."""
    return _read_pair(folder / "server.json", ("public", "secret"))


def read_authorised(folder: Path) -> dict[str, str]:
    """Names and public keys of the clients. Raises KeyFileError as `load_server_keys` does."""
    authorised = read_values(folder / "authorised.json")
    if not all(is_key(key) for key in authorised.values()):
        raise damaged(folder / "authorised.json")
    return authorised


def load_client_keys(folder: Path) -> ClientKeys:
    """A client's keys, or KeyFileError when missing, damaged, or readable by others."""
    values = _read_pair(folder / "client.json", ("public", "secret", "server"))
    return ClientKeys(values["public"], values["secret"], values["server"])


def allow(folder: Path, name: str, public: str) -> ServerKeys:
    """Let the holder of this public key connect, under a name; the backend's keys.

    Raises InvalidValue when the name cannot be one, or name or key is another client's already;
    KeyFileError.
    """
    check_name(name)
    with only_writer(folder):
        server = load_server_keys(folder)
        if server.authorised.get(name, public) != public:
            raise InvalidValue(
                f"Another key is called {name!r} already.",
                f"Choose another name, or run 'sdedit keys revoke {name}' first.",
            )
        known = next((other for other, key in server.authorised.items() if key == public), name)
        if known != name:
            raise InvalidValue(f"This key may connect already: it is called {known!r}.")
        if public == server.public:
            raise InvalidValue("This is the backend's own key, not that of a client.")
        if name not in server.authorised:
            write_values(folder / "authorised.json", {**server.authorised, name: public})
        return server


def revoke(folder: Path, name: str) -> None:
    """Let the client of this name connect no more. A backend that runs stops hearing it at once.

    Raises InvalidValue when there is none, KeyFileError.
    """
    with only_writer(folder):
        server = load_server_keys(folder)
        if name == THIS_MACHINE:
            raise InvalidValue(
                "This machine's own key cannot be revoked.",
                f"To replace it, delete the folder {folder}, then run install.py again.",
            )
        if name not in server.authorised:
            raise InvalidValue(
                f"No client is called {shown(name)}.", "'sdedit keys list' shows all."
            )
        others = {other: key for other, key in server.authorised.items() if other != name}
        write_values(folder / "authorised.json", others)


def check_name(name: str) -> None:
    """Raise InvalidValue unless another machine may be called this."""
    if not NAME.fullmatch(name):
        raise InvalidValue(
            f"{shown(name)} cannot be a name.",
            "Use up to 64 letters, digits, dots, dashes and underscores.",
        )


def _read_pair(path: Path, names: Sequence[str]) -> dict[str, str]:
    values = read_values(path)
    if not is_pair(values) or not all(is_key(values.get(name)) for name in names):
        raise damaged(path)
    return values
