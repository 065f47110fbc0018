"""The backend's code, its keys, and the ``sdedit`` command."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

from .commands import CommandError, run_aloud
from .errors import InstallError
from .interpreter import site_packages
from .layout import CHECKOUT, Layout
from .machine import WINDOWS
from .progress import Progress
from .trees import IGNORED, placed_whole, same_trees

PACKAGES = ("protocol", "backend")

# Runs in the backend's environment.
_MEND_KEYS = """
import sys
from pathlib import Path
from protocol.errors import SDEditError
from protocol.mending import mend_keys
try:
    print(*mend_keys(Path(sys.argv[1])))
except SDEditError as error:
    sys.exit(str(error))
"""


def copy_code(app: Path) -> bool:
    """Put protocol/ and backend/ into ``app``, all or nothing; True if anything changed."""
    if is_this_code(app):
        return False
    with placed_whole(app) as new:
        for name in PACKAGES:
            shutil.copytree(str(CHECKOUT / name), str(new / name), ignore=IGNORED)
    return True


def is_this_code(app: Path) -> bool:
    """Whether exactly the code of this checkout is in ``app``."""
    return all(
        (app / name).is_dir() and same_trees(CHECKOUT / name, app / name) for name in PACKAGES
    )


def let_import(app: Path, python: Path) -> None:
    """Let the environment's Python find the packages in ``app``."""
    packages = site_packages(python)
    # A relative path: it holds no letter of the user's name, so no encoding can spoil it.
    (packages / "sdedit.pth").write_text(os.path.relpath(str(app), str(packages)) + "\n")


def make_keys(layout: Layout, progress: Progress) -> list[str]:
    """Make what keys are missing or of no use, and leave the others; the files that are new."""
    try:
        said = run_aloud(
            [os.fspath(layout.python), "-I", "-c", _MEND_KEYS, str(layout.keys)],
            progress,
            "making keys",
            layout.log,
        )
    except CommandError as error:
        lines = error.output.strip().splitlines() or ["no reason was given"]
        raise InstallError(
            f"The keys could not be made in {layout.keys}: {lines[-1]}",
            f"The file {layout.log} holds all that was said.",
        ) from error
    return said.split()


def launcher_path(bin_folder: Path, system: str) -> Path:
    """Where the ``sdedit`` command is."""
    return bin_folder / ("sdedit.cmd" if system == WINDOWS else "sdedit")


def write_launcher(path: Path, layout: Layout) -> None:
    """Write the ``sdedit`` command: the backend's Python, isolated, in this installation."""
    # -I: a folder called "backend" where the user happens to be must not be taken for ours.
    if layout.system == WINDOWS:
        text = (
            "@echo off\r\n"
            f'set "SDEDIT_HOME={layout.prefix}"\r\n'
            f"{_python_in_launcher(layout)} -I -m backend %*\r\n"
        )
    else:
        text = (
            "#!/bin/sh\n"
            "# SDEdit for Krita; written by its install.py.\n"
            f"export SDEDIT_HOME={shlex.quote(str(layout.prefix))}\n"
            f'exec {_python_in_launcher(layout)} -I -m backend "$@"\n'
        )
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(text.encode("utf-8"))
    os.chmod(str(beside), 0o755)
    os.replace(str(beside), str(path))


def is_launcher(path: Path) -> bool:
    """Whether this file is an ``sdedit`` command of ours, of whichever installation."""
    return path.is_file() and b"SDEDIT_HOME=" in path.read_bytes()


def starts(path: Path, layout: Layout) -> bool:
    """Whether this ``sdedit`` command starts this installation."""
    return path.is_file() and _python_in_launcher(layout).encode() in path.read_bytes()


def _python_in_launcher(layout: Layout) -> str:
    """The backend's Python as the launcher's shell is to read it."""
    python = str(layout.python)
    return f'"{python}"' if layout.system == WINDOWS else shlex.quote(python)


def is_on_path(folder: Path, search_path: str) -> bool:
    """Whether the shell looks for programs in this folder."""
    return str(folder) in search_path.split(os.pathsep)
