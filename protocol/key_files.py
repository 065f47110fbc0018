"""Files of CURVE keys: JSON maps that only their owner can read, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import struct
import sys
import tempfile
from pathlib import Path
from typing import Iterator

import zmq
from zmq.utils import z85

from .errors import KeyFileError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

MAKE_NEW = "Run install.py again: it makes new keys."


def new_pair() -> dict[str, str]:
    """A new public and secret key."""
    public, secret = zmq.curve_keypair()
    return {"public": public.decode("ascii"), "secret": secret.decode("ascii")}


def is_key(value: object) -> bool:
    """Whether this is Z85 text of 32 bytes."""
    if not isinstance(value, str) or len(value) != 40:
        return False
    try:
        z85.decode(value)
    except (ValueError, KeyError, struct.error):
        return False
    return True


def is_pair(values: dict[str, str]) -> bool:
    """Whether the map has a secret key and the public one that belongs to it."""
    if not is_key(values.get("public")) or not is_key(values.get("secret")):
        return False
    return bool(zmq.curve_public(values["secret"].encode()) == values["public"].encode())


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner can open, or make one that is there so. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(folder, 0o700)


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Wait until no other process changes the folder's files, and keep others waiting meanwhile.

    The folder is made where there is none. The system lifts the lock even from a process that dies.
    Raises KeyFileError for an OSError, in the block too.
    """
    try:
        if not folder.exists():
            make_private_folder(folder)
        with open(os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise KeyFileError(
            f"The key folder {folder} cannot be written ({error.strerror}).",
            "Make it writable, or install with another --prefix.",
        ) from error


def write_values(path: Path, values: dict[str, str]) -> None:
    """Write a key file. Raises OSError; the old file is then as it was."""
    # mkstemp creates the file with mode 0600: there is no moment at which others could open it.
    handle, beside = tempfile.mkstemp(prefix=path.name + ".", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(values, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError:
        os.unlink(beside)
        raise


def read_values(path: Path, if_missing: str = MAKE_NEW, if_damaged: str = "") -> dict[str, str]:
    """The names and texts in a key file.

    Raises KeyFileError, with one of these remedies, when it is missing or damaged, and when others
    can read it.
    """
    try:
        with path.open("rb") as file:
            # Of the open file, not of its name: what is checked is what is read.
            _refuse_if_open_to_others(path, os.fstat(file.fileno()))
            _refuse_if_open_to_others(path.parent, path.parent.stat())
            values = json.loads(file.read().decode("ascii"))
    except FileNotFoundError as error:
        raise KeyFileError(f"The key file {path} is missing.", if_missing) from error
    except OSError as error:
        raise KeyFileError(
            f"The key file {path} cannot be read ({error.strerror}).",
            "Let your own user account read it.",
        ) from error
    except (ValueError, RecursionError):
        values = None  # the error goes no further: it holds the whole text, secret included
    if not isinstance(values, dict) or not all(isinstance(text, str) for text in values.values()):
        raise damaged(path, if_damaged)
    return values


def damaged(path: Path, remedy: str = "") -> KeyFileError:
    """The error for a key file that makes no sense."""
    return KeyFileError(
        f"The key file {path} is damaged.",
        remedy or f"Delete the folder {path.parent}. {MAKE_NEW}",
    )


def _refuse_if_open_to_others(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if os.name == "posix" and mode & 0o077:
        wanted = "700" if stat.S_ISDIR(status.st_mode) else "600"
        raise KeyFileError(
            f"{path} can be opened by other users (mode {mode:o}).",
            f"Run: chmod {wanted} '{path}'",
        )
