"""pyzmq and msgpack for the Pythons that Krita may carry, ready to be staged in the plugin.

vendored/cp311/zmq, msgpack, …     each folder serves one Python; cp312 serves all from 3.12 on
vendored/cp311/wheels.json         which wheels it was made of; written last
"""

from __future__ import annotations

import contextlib
import json
import shutil
import zipfile
from pathlib import Path, PurePosixPath
from typing import Iterable

from .errors import InstallError
from .machine import MACOS, WINDOWS, Machine
from .pip import NothingFound, Pip
from .progress import Progress
from .trees import placed_whole

RECORD = "wheels.json"
# Krita 5.1 and before, early 5.2, Debian and Flatpak, 5.2.14 and later.
USUAL_TAGS = ("cp38", "cp310", "cp311", "cp312")
# From 3.12 on pyzmq is one wheel for every Python; msgpack is one for each, and where there is
# none its plain Python does the same more slowly.
_FIRST_SHARED_MINOR, _LAST_SHARED_MINOR = 12, 14
_NOT_NEEDED = (".pyi", ".pyx", ".pxd", ".c", ".h")


def tag_for(python: tuple[int, int]) -> str:
    """The folder that serves this Python: "cp311", "cp312" for 3.12 and all later ones."""
    return f"cp3{min(python[1], _FIRST_SHARED_MINOR)}"


def provide(
    folder: Path,
    pip: Pip,
    requirements: list[str],
    needed: set[str],
    machine: Machine,
    progress: Progress,
) -> bool:
    """Have a folder for each usual Python, and for each ``needed`` tag; True if that took work.

    Raises InstallError if a needed one cannot be had, or none at all.
    """
    worked = False
    failures = {}
    for tag in sorted(needed | set(USUAL_TAGS)):
        if _record(folder / tag).get("requirements") == requirements:
            continue
        try:
            _make(folder / tag, pip, requirements, machine)
        except InstallError as error:
            failures[tag] = error
        else:
            worked = True
    there = vendored_tags(folder)
    for tag in failures:
        if tag in needed or not there:
            raise failures[tag]
        progress.note(f"A Krita with {_name(tag)} will not work: {failures[tag].sentence}")
    progress.note(f"pyzmq and msgpack are there for {', '.join(map(_name, there))}.")
    return worked


def vendored_tags(folder: Path) -> list[str]:
    """The tags whose folders are whole, oldest Python first."""
    tags = [path.parent.name for path in folder.glob(f"*/{RECORD}")]
    return sorted(tags, key=lambda tag: int(tag[3:]))


def _make(destination: Path, pip: Pip, requirements: list[str], machine: Machine) -> None:
    tag = destination.name
    with placed_whole(destination) as new:
        wheels = new / "wheels"
        first = int(tag[3:])
        _download(pip, requirements, first, machine, wheels)
        if first == _FIRST_SHARED_MINOR:
            # One release for all: its Python files are shared, only the compiled ones differ.
            wheel = next(wheels.glob("msgpack-*.whl"))
            release = f"msgpack=={wheel.name.split('-')[1]}"
            for minor in range(first + 1, _LAST_SHARED_MINOR + 1):
                with contextlib.suppress(NothingFound):
                    _download(pip, [release], minor, machine, wheels)
        names = sorted(path.name for path in wheels.iterdir())
        for name in names:
            _unpack(wheels / name, new)
        shutil.rmtree(str(wheels))
        record = {"requirements": requirements, "wheels": names}
        (new / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")


def _download(pip: Pip, requirements: list[str], minor: int, machine: Machine, to: Path) -> None:
    options = ["--implementation", "cp", "--python-version", f"3.{minor}"]
    for platform in _platforms(machine):
        options += ["--platform", platform]
    pip.download(*options, *requirements, to=to, doing=f"fetching pyzmq and msgpack for 3.{minor}")


def _platforms(machine: Machine) -> Iterable[str]:
    """The wheel platforms that this machine's Kritas can load."""
    if machine.system == WINDOWS:
        return ["win_amd64"]
    architecture = machine.architecture.lower()
    if machine.system == MACOS:
        return [f"macosx_12_0_{architecture}"]
    return [f"manylinux_2_28_{architecture}", f"manylinux2014_{architecture}"]


def _unpack(wheel: Path, destination: Path) -> None:
    """Unpack a wheel, leaving out what only tests and compilers use."""
    with zipfile.ZipFile(str(wheel)) as archive:
        for name in archive.namelist():
            path = PurePosixPath(name)
            if "tests" not in path.parts and path.suffix not in _NOT_NEEDED:
                archive.extract(name, str(destination))


def _record(folder: Path) -> dict[str, list[str]]:
    try:
        values: dict[str, list[str]] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values


def _name(tag: str) -> str:
    return f"Python 3.{tag[3:]}" + ("+" if tag == tag_for((3, _LAST_SHARED_MINOR)) else "")
