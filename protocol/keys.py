"""CURVE keys: who may speak to the backend, kept in files that only their owner can read.

keys/            0700
    server.json      0600   the backend's own pair
    client.json      0600   this machine's client pair and the backend's public key
    authorised.json  0600   {name: public key} of every client that may connect

On Windows the modes mean nothing; there a user's profile folder is private by default.
"""

from __future__ import annotations

import json
import os
import stat
import struct
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Sequence

import zmq
from zmq.utils import z85

from .errors import KeyFileError


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
    server_file, client_file = folder / "server.json", folder / "client.json"
    try:
        if not server_file.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chmod(folder, 0o700)
            client_file.unlink(missing_ok=True)  # it trusts a server that is no more
            public, secret = _new_pair()
            _write(folder / "authorised.json", {})
            _write(server_file, {"public": public, "secret": secret})
        server = load_server_keys(folder)
        if not client_file.exists():
            public, secret = _new_pair()
            _write(folder / "authorised.json", {**server.authorised, "this machine": public})
            _write(client_file, {"public": public, "secret": secret, "server": server.public})
        load_client_keys(folder)
    except OSError as error:
        raise KeyFileError(
            f"The key folder {folder} cannot be written ({error.strerror}).",
            "Make it writable, or install with another --prefix.",
        ) from error


def load_server_keys(folder: Path) -> ServerKeys:
    """The backend's keys, or KeyFileError when missing, damaged, or readable by others."""
    pair = _read_pair(folder / "server.json", ("public", "secret"))
    authorised = _read(folder / "authorised.json")
    return ServerKeys(pair["public"], pair["secret"], authorised)


def load_client_keys(folder: Path) -> ClientKeys:
    """A client's keys, or KeyFileError when missing, damaged, or readable by others."""
    values = _read_pair(folder / "client.json", ("public", "secret", "server"))
    return ClientKeys(values["public"], values["secret"], values["server"])


def _new_pair() -> tuple[str, str]:
    public, secret = zmq.curve_keypair()
    return public.decode("ascii"), secret.decode("ascii")


def _write(path: Path, value: dict[str, str]) -> None:
    # mkstemp creates the file with mode 0600: there is no moment at which others could open it.
    handle, beside = tempfile.mkstemp(prefix=path.name + ".", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(value, file, indent=1)
        os.replace(beside, path)
    except OSError:
        os.unlink(beside)
        raise


def _read_pair(path: Path, names: Sequence[str]) -> dict[str, str]:
    values = _read(path)
    is_whole = all(name in values for name in names)
    if not is_whole or zmq.curve_public(values["secret"].encode()) != values["public"].encode():
        raise _damaged(path)
    return values


def _read(path: Path) -> dict[str, str]:
    try:
        with path.open("rb") as file:
            # Of the open file, not of its name: what is checked is what is read.
            _refuse_if_open_to_others(path, os.fstat(file.fileno()))
            _refuse_if_open_to_others(path.parent, path.parent.stat())
            values = json.loads(file.read().decode("ascii"))
    except FileNotFoundError as error:
        raise KeyFileError(
            f"The key file {path} is missing.", "Run install.py again: it makes new keys."
        ) from error
    except OSError as error:
        raise KeyFileError(
            f"The key file {path} cannot be read ({error.strerror}).",
            "Let your own user account read it.",
        ) from error
    except (ValueError, RecursionError):
        values = None  # the error goes no further: it holds the whole text, secret included
    if not isinstance(values, dict) or not all(_is_key(value) for value in values.values()):
        raise _damaged(path)
    return values


def _refuse_if_open_to_others(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if os.name == "posix" and mode & 0o077:
        wanted = "700" if stat.S_ISDIR(status.st_mode) else "600"
        raise KeyFileError(
            f"{path} can be opened by other users (mode {mode:o}).",
            f"Run: chmod {wanted} '{path}'",
        )


def _damaged(path: Path) -> KeyFileError:
    return KeyFileError(
        f"The key file {path} is damaged.",
        f"Delete the folder {path.parent}, then run install.py again: it makes new keys.",
    )


def _is_key(value: object) -> bool:
    """Whether this is Z85 text of 32 bytes."""
    if not isinstance(value, str) or len(value) != 40:
        return False
    try:
        z85.decode(value)
    except (ValueError, KeyError, struct.error):
        return False
    return True
