"""Finds a Python that can make the backend's environment."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from .commands import ask
from .errors import InstallError
from .machine import LINUX, MACOS, WINDOWS, Machine

# The newest Python for which the tested PyTorch is built.
NEWEST_MINOR = 14
# Asked of each candidate. Debian takes ensurepip out of Python, and venv cannot do without it.
_QUESTION = (
    "import sys, importlib.util as u;"
    "print(*sys.version_info[:2], int(bool(u.find_spec('venv') and u.find_spec('ensurepip'))))"
)


@dataclass(frozen=True)
class Interpreter:
    """A Python on this machine, its version, and whether it can make environments."""

    path: str
    version: tuple[int, int]
    makes_environments: bool

    @property
    def name(self) -> str:
        """Its name in words: "Python 3.11"."""
        return f"Python {self.version[0]}.{self.version[1]}"


def look_at(path: str) -> Interpreter | None:
    """What this Python says of itself, or None if it does not run."""
    words = (ask([path, "-I", "-c", _QUESTION]) or "").split()
    if len(words) != 3:
        return None
    return Interpreter(path, (int(words[0]), int(words[1])), words[2] == "1")


def find_python(machine: Machine, oldest: tuple[int, int]) -> Interpreter:
    """The running Python if it will do, else the newest that will on PATH.

    Raises InstallError that names what to install.
    """
    too_old = []
    cannot = []
    for path in _candidates(machine, oldest):
        found = look_at(path)
        if found is None:
            continue
        if not oldest <= found.version <= (3, NEWEST_MINOR):
            too_old.append(found)
        elif not found.makes_environments:
            cannot.append(found)
        else:
            return found
    if cannot:
        raise _without_venv(cannot[0], machine)
    wanted = f"Python {oldest[0]}.{oldest[1]} to 3.{NEWEST_MINOR}"
    there = f"only {too_old[0].name} was found" if too_old else "none was found"
    raise InstallError(f"SDEdit needs {wanted}, and {there}.", _how_to_get_python(machine))


def _candidates(machine: Machine, oldest: tuple[int, int]) -> list[str]:
    names = [f"python3.{minor}" for minor in range(NEWEST_MINOR, oldest[1] - 1, -1)]
    names += ["python3", "python"] if machine.system != WINDOWS else ["python"]
    found = (shutil.which(name, path=machine.search_path) for name in names)
    return list(dict.fromkeys([sys.executable, *(path for path in found if path)]))


def _without_venv(python: Interpreter, machine: Machine) -> InstallError:
    if machine.system == LINUX and shutil.which("apt-get", path=machine.search_path):
        package = f"python{python.version[0]}.{python.version[1]}-venv"
        remedy = f"Run: sudo apt install {package} - and then this again."
    else:
        remedy = "Install Python's venv and ensurepip modules, then run this again."
    return InstallError(f"{python.name} ({python.path}) lacks its venv module.", remedy)


def _how_to_get_python(machine: Machine) -> str:
    if machine.system in (WINDOWS, MACOS):
        return "Install Python 3.12 from python.org, then run this again with it."
    if shutil.which("apt-get", path=machine.search_path):
        return "Run: sudo apt install python3 python3-venv - and then this again."
    return "Install a newer python3 with your system's package manager, then run this again."


def site_packages(python: Path) -> Path:
    """Where an environment's Python keeps its packages."""
    answer = ask(
        [os.fspath(python), "-I", "-c", "import sysconfig as s; print(s.get_path('purelib'))"]
    )
    if answer is None:
        raise InstallError(f"{python} does not run.", "Run this again: it makes a new one.")
    return Path(answer.strip())
