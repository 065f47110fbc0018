"""Finds every Krita of this user, and the Python that each carries, without starting any."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from . import kritarc
from .machine import LINUX, MACOS, WINDOWS, Machine

FLATPAK_ID = "org.kde.krita"
_LIBRARY_NAME = re.compile(rb"libpython3\.(\d+)\.so")


@dataclass(frozen=True)
class Folders:
    """Where one Krita keeps its resources and its settings; several may share them."""

    data: Path
    kritarc: Path

    @property
    def plugins(self) -> Path:
        """Where it looks for Python plugins."""
        return self.data / "pykrita"


@dataclass(frozen=True)
class Krita:
    """One Krita on this machine. ``python`` is None where it cannot be seen from outside."""

    kind: str
    program: Path
    folders: Folders
    python: tuple[int, int] | None

    def __str__(self) -> str:
        python = f"Python {self.python[0]}.{self.python[1]}" if self.python else "Python unknown"
        return f"{self.kind} {self.program} ({python})"


def find_kritas(machine: Machine) -> list[Krita]:
    """Every Krita found: native, AppImage, Flatpak, in Program Files, in Applications."""
    if machine.system == WINDOWS:
        return list(_on_windows(machine))
    if machine.system == MACOS:
        return list(_on_macos(machine))
    return [*_native(machine), *_app_images(machine), *_flatpak(machine)]


def native_folders(machine: Machine) -> Folders:
    """The folders of a Krita that is installed in the system's usual way."""
    return _resolved(machine.krita_data, machine.config_folder / "kritarc")


def folders_to_serve(kritas: list[Krita], machine: Machine) -> list[Folders]:
    """The folders that need the plugin, each once; the native ones when no Krita is there yet."""
    return list(dict.fromkeys(krita.folders for krita in kritas)) or [native_folders(machine)]


def _resolved(data: Path, rc: Path) -> Folders:
    moved = kritarc.resource_folder(kritarc.read(rc))
    return Folders(Path(moved) if moved else data, rc)


def _native(machine: Machine) -> Iterator[Krita]:
    program = shutil.which("krita", path=machine.search_path)
    if machine.system != LINUX or program is None:
        return
    above = Path(program).resolve().parent.parent
    roots = dict.fromkeys([above, machine.root / "usr"])
    yield Krita("Krita", Path(program), native_folders(machine), _python_linked_in(roots))


def _app_images(machine: Machine) -> Iterator[Krita]:
    home = machine.home
    names = ("Applications", "AppImages", "Downloads", "Desktop", "bin", ".local/bin")
    folders = [home, *(home / name for name in names)]
    folders += [machine.root / "opt", machine.root / "usr/local/bin"]
    for folder in folders:
        # /opt/krita/krita.appimage is as common as /opt/krita.appimage.
        for pattern in ("*", "krita*/*") if folder != home else ("*",):
            for path in sorted(folder.glob(pattern)):
                if re.fullmatch(r"krita.*\.appimage", path.name, re.IGNORECASE) and path.is_file():
                    yield Krita("AppImage", path, native_folders(machine), None)


def _flatpak(machine: Machine) -> Iterator[Krita]:
    own = machine.home / ".var" / "app" / FLATPAK_ID
    installed = [
        machine.data_folder / "flatpak" / "app" / FLATPAK_ID,
        machine.root / "var/lib/flatpak/app" / FLATPAK_ID,
    ]
    program = next((path for path in [*installed, own] if path.is_dir()), None)
    if program is not None:
        folders = _resolved(own / "data" / "krita", own / "config" / "kritarc")
        files = program / "current" / "active" / "files"
        yield Krita("Flatpak", program, folders, _python_linked_in([files]))


def _on_windows(machine: Machine) -> Iterator[Krita]:
    for variable in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)", "LOCALAPPDATA"):
        if not machine.env.get(variable):
            continue
        folder = Path(machine.env[variable])
        folder = folder / "Programs" if variable == "LOCALAPPDATA" else folder
        for program in sorted(folder.glob("Krita*/bin/krita.exe")):
            dlls = [re.fullmatch(r"python3(\d+)\.dll", p.name) for p in program.parent.iterdir()]
            python = next(((3, int(match.group(1))) for match in dlls if match), None)
            yield Krita("Krita", program, native_folders(machine), python)


def _on_macos(machine: Machine) -> Iterator[Krita]:
    for folder in (machine.root / "Applications", machine.home / "Applications"):
        program = folder / "krita.app"
        if program.is_dir():
            libraries = (program / "Contents").glob("**/libpython3.*.dylib")
            versions = [re.search(r"3\.(\d+)", path.name) for path in libraries]
            python = next(((3, int(match.group(1))) for match in versions if match), None)
            yield Krita("Krita", program, native_folders(machine), python)


def _python_linked_in(roots: dict[Path, None] | list[Path]) -> tuple[int, int] | None:
    """The Python that Krita's plugin for Python plugins is linked with."""
    for root in roots:
        for pattern in ("lib*/kritaplugins", "lib/*/kritaplugins"):
            for folder in root.glob(pattern):
                library = folder / "kritapykrita.so"
                # The name of the library it needs stands in the file as plain text.
                match = _LIBRARY_NAME.search(library.read_bytes()) if library.is_file() else None
                if match:
                    return 3, int(match.group(1))
    return None
