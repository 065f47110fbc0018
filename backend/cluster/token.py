"""The token that every machine of a cluster shows to the others.

Whoever reaches Ray's ports and has it can run code on all of them. It is one file that only its
owner can read, made on the head's machine and copied to the others by hand.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from protocol.errors import KeyFileError
from protocol.key_files import make_private_folder

NAME = "ray-token"


def make_token(keys: Path) -> Path:
    """The token file in this folder, made if there is none. Raises KeyFileError."""
    path = keys / NAME
    try:
        make_private_folder(keys)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return check_token(keys)
    except OSError as error:
        raise KeyFileError(
            f"The token file {path} cannot be written ({error.strerror}).",
            "Make the folder writable, or name another with --keys.",
        ) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path


def check_token(keys: Path) -> Path:
    """The token file in this folder. Raises KeyFileError if it is missing or others can read it."""
    path = keys / NAME
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise KeyFileError(
            f"The token file {path} is missing.",
            "'sdedit node --head' makes it; on other machines put a copy of the head's there.",
        ) from error
    if os.name == "posix" and mode & 0o077:
        raise KeyFileError(
            f"{path} can be opened by other users (mode {mode:o}).", f"Run: chmod 600 '{path}'"
        )
    return path


def environment(token: Path) -> dict[str, str]:
    """What Ray reads before it is imported: all need the token, and it reports to nobody."""
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    }
