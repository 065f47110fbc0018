"""Backends on other machines that this one is paired with, each with a key pair of its own.

keys/            0700
    new.json         0600   a pair whose public key is on its way to a backend's machine
    backends/        0700
        NAME.json    0600   that pair, the backend's public key, and its address

Two lines are copied from one machine to the other, and no secret is in either:

    here     sdedit keys new laptop                   → sdedit keys allow laptop KEY
    there    sdedit keys allow laptop KEY             → sdedit keys trust studio ADDRESS KEY
    here     sdedit keys trust studio ADDRESS KEY
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

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
from .keys import ClientKeys, check_name, load_client_keys
from .sentences import shown

NEW = "new.json"
FOLDER = "backends"
ADDRESS = re.compile(r"tcp://[^\s/:]+:([0-9]{1,5})")


@dataclass(frozen=True)
class Backend:
    """A backend on another machine: where it listens, and the keys to speak to it with."""

    address: str
    keys: ClientKeys


def new_public_key(folder: Path) -> str:
    """The public key to have allowed on a backend's machine; the same until one is trusted.

    Raises KeyFileError.
    """
    with only_writer(folder):
        if not (folder / NEW).exists():
            write_values(folder / NEW, new_pair())
        return _read_new(folder)["public"]


def trust(folder: Path, name: str, address: str, server_public: str) -> None:
    """Remember a backend that has allowed our new key; of a known one, its new address.

    Raises InvalidValue, and KeyFileError when there is no new key.
    """
    check_name(name)
    _check_address(address)
    known = {"server": server_public, "address": address}
    path = _file_of(folder, name)
    with only_writer(folder):
        if path.exists():
            keys = load_backend(folder, name).keys
            if keys.server_public != server_public:
                raise InvalidValue(
                    f"Another backend is called {name!r} already.",
                    f"Choose another name, or run 'sdedit keys forget {name}' first.",
                )
            write_values(path, {"public": keys.public, "secret": keys.secret, **known})
        else:
            pair = _read_new(folder)
            make_private_folder(path.parent)
            write_values(path, {**pair, **known})
            (folder / NEW).unlink()


def forget(folder: Path, name: str) -> None:
    """Remove what is known of a backend, and our key for it.

    Raises InvalidValue when there is none of this name, KeyFileError.
    """
    with only_writer(folder):
        _file_of(folder, _known(folder, name)).unlink()


def backend_names(folder: Path) -> list[str]:
    """The backends that this machine is paired with."""
    return sorted(path.stem for path in (folder / FOLDER).glob("*.json"))


def load_backend(folder: Path, name: str) -> Backend:
    """Where a backend is, and our keys for it.

    Raises InvalidValue when there is none of this name, and KeyFileError when its file is damaged
    or readable by others.
    """
    path = _file_of(folder, _known(folder, name))
    remedy = f"Run 'sdedit keys forget {name}', then pair with it again."
    values = read_values(path, if_damaged=remedy)
    address = values.get("address", "")
    is_whole = is_pair(values) and is_key(values.get("server")) and ADDRESS.fullmatch(address)
    if not is_whole:
        raise damaged(path, remedy)
    return Backend(address, ClientKeys(values["public"], values["secret"], values["server"]))


def find_backend(folder: Path, where: str) -> Backend:
    """The backend of this machine that listens at the address ``where``, or the one on another
    machine that has this name.

    Raises InvalidValue when there is none of this name, KeyFileError.
    """
    if "://" in where:
        return Backend(where, load_client_keys(folder))
    return load_backend(folder, where)


def _file_of(folder: Path, name: str) -> Path:
    return folder / FOLDER / f"{name}.json"


def _known(folder: Path, name: str) -> str:
    names = backend_names(folder)
    if name not in names:
        raise InvalidValue(
            f"This machine is not paired with a backend called {shown(name)}.",
            f"It is with: {', '.join(names)}." if names else "'sdedit keys new' begins a pairing.",
        )
    return name


def _read_new(folder: Path) -> dict[str, str]:
    remedy = "Delete it, then run 'sdedit keys new' again."
    values = read_values(folder / NEW, "'sdedit keys new' makes it.", remedy)
    if not is_pair(values):
        raise damaged(folder / NEW, remedy)
    return values


def _check_address(address: str) -> None:
    found = ADDRESS.fullmatch(address)
    if found is None or not 1 <= int(found[1]) <= 65535:
        raise InvalidValue(f"The address {shown(address)} is not of the form tcp://HOST:PORT.")
