"""Made-up machines: a home and a file system in a folder, with what the test puts there."""

from __future__ import annotations

from pathlib import Path

from installer.machine import LINUX, Machine


def machine_in(folder: Path, system: str = LINUX, **env: str) -> Machine:
    """A machine whose root is ``folder``; its PATH has one folder, /usr/bin."""
    home = folder / "home" / "ana"
    home.mkdir(parents=True, exist_ok=True)
    path = folder / "usr" / "bin"
    path.mkdir(parents=True, exist_ok=True)
    return Machine(system, "x86_64", home, {"PATH": str(path), **env}, root=folder)


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    """A file that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def library(path: Path, python_minor: int) -> Path:
    """A file with the name of the Python library that it is linked with, as in a real one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x7fELF\0libQt5Core.so.5\0libpython3.%d.so.1.0\0" % python_minor)
    return path
