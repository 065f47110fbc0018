"""The one error of an installation, and what the system's errors mean in plain words."""

from __future__ import annotations

import errno
import os


class InstallError(Exception):
    """A step cannot be done: ``sentence`` says what is wrong, ``remedy`` what to do about it."""

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(sentence, remedy)
        self.sentence = sentence
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}"


def explain_os_error(error: OSError) -> InstallError:
    """What a failed read or write means for the person who runs the installer."""
    where = os.fspath(error.filename) if error.filename is not None else "a file"
    if isinstance(where, bytes):
        where = os.fsdecode(where)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return InstallError(
            f"The disk is full: {where} could not be written.",
            "Free some space, or choose a folder on another disk with --prefix.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return InstallError(
            f"{where} must not be written to ({error.strerror}).",
            "Make it writable for you, or choose other folders with --prefix and --bin.",
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR):
        return InstallError(
            f"{where} is in the way ({error.strerror}).",
            "Move it elsewhere, or choose other folders with --prefix and --bin.",
        )
    return InstallError(
        f"{where} could not be used ({error.strerror or error}).",
        "Look at that place, then run this again.",
    )
