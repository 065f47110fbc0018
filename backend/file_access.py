"""Whether a file may be read, or written, at a place: found out before any work is done."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from protocol.errors import SDEditError


class FileError(SDEditError):
    """A file is not there, or cannot be read or written where it is."""

    code = "file"


def check_readable(path: Path) -> None:
    """Raises FileError where there is no file, or one that is read without an end."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise FileError(f"There is no file {path}.", "Look at how it is spelled.") from error
    except OSError as error:
        raise FileError(
            f"{path} cannot be read ({error.strerror}).", "Choose another file."
        ) from error
    if stat.S_ISDIR(mode):
        raise FileError(f"{path} is a folder.", "Give the name of a file in it.")
    if not stat.S_ISREG(mode):
        raise FileError(f"{path} is no ordinary file.", "Choose another file.")


def check_writable(path: Path) -> None:
    """Raises FileError where no file may be written."""
    folder = path.absolute().parent
    # os.path, not pathlib: it also answers where one may not look.
    if not os.path.isdir(folder):
        raise FileError(f"The folder {folder} does not exist.", "Make it first, or choose another.")
    if os.path.isdir(path):
        raise FileError(f"{path} is a folder.", "Give the name of a file in it.")
    if os.path.exists(path) and not os.path.isfile(path):
        raise FileError(f"{path} is no ordinary file.", "Choose another name.")
    if not os.access(folder, os.W_OK):
        raise FileError(
            f"Nothing can be written into the folder {folder}.", "Choose another folder."
        )
    check_not_protected(path)


def check_not_protected(path: Path) -> None:
    """Replacing a file needs no leave of the file itself, so it is asked for here."""
    with contextlib.suppress(OSError):
        if not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK):
            raise FileError(
                f"{path} is write-protected.", "Choose another name, or allow writing to it."
            )
