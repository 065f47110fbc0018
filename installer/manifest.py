"""What an installation made outside and inside its folder, so that it can be taken back.

    {"version": "0.1.0",
     "paths":   what was put there, files and whole folders, in order
     "folders": folders that were made to put it in; removed only when empty
     "kritarcs": {path: what switching the plugin on added to it}}

An entry is written before the thing is made: an installation that was cut off is known as well.
"""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any, Callable

from .errors import InstallError
from .kritarc import Made
from .layout import Layout


class Manifest:
    """The record of one installation, kept in its folder."""

    def __init__(self, layout: Layout, version: str) -> None:
        """Read the record that is there, or begin one."""
        self._path = layout.manifest
        self._values: dict[str, Any] = {"paths": [], "folders": [], "kritarcs": {}}
        self.exists = self._path.is_file()
        if self.exists:
            try:
                self._values = _checked(json.loads(self._path.read_text(encoding="utf-8")))
            except (ValueError, TypeError) as error:
                raise InstallError(
                    f"The record of what was installed, {self._path}, is damaged.",
                    f"Move {self._path.parent} elsewhere and run this again.",
                ) from error
        self._values["version"] = version

    @property
    def paths(self) -> list[Path]:
        """Files and folders that were put in place."""
        return [Path(path) for path in self._values["paths"]]

    @property
    def folders(self) -> list[Path]:
        """Folders that were made to hold them."""
        return [Path(path) for path in self._values["folders"]]

    @property
    def kritarcs(self) -> dict[Path, Made]:
        """The kritarcs in which the plugin was switched on, and what that added."""
        return {Path(path): Made(**made) for path, made in self._values["kritarcs"].items()}

    def holds(self, path: Path) -> bool:
        """Whether this installation put the path there."""
        return _place(path) in map(_place, self.paths)

    def will_make(self, path: Path, is_ours: Callable[[Path], bool] | None = None) -> None:
        """Note that ``path`` is about to be made, and make the folder that holds it.

        Raises InstallError if something is there already, unless ``is_ours`` knows it as a part
        of SDEdit that an installation without a record, or another one, has left.
        """
        if not self.holds(path):
            if os.path.lexists(str(path)) and not (is_ours and is_ours(path)):
                raise InstallError(
                    f"{path} is there already and does not belong to this installation.",
                    "Move it elsewhere, or choose other folders with --prefix and --bin.",
                )
            self._values["paths"].append(str(path))
        self.make_folder(path.parent)

    def will_use(self, path: Path) -> None:
        """Note a folder that the backend fills later; one that was there stays the user's."""
        if not os.path.lexists(str(path)) and not self.holds(path):
            self._values["paths"].append(str(path))
            self.save()

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, noting each that was not there."""
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for one in reversed(missing):
            one.mkdir()
            self._values["folders"].append(str(one))
        self.save()

    def will_switch_on(self, kritarc: Path, made: Made) -> None:
        """Note what is about to be added to a kritarc; what was noted earlier stays."""
        if kritarc not in self.kritarcs:
            self._values["kritarcs"][str(kritarc)] = dataclasses.asdict(made)
        self.save()

    def save(self) -> None:
        """Write the record in one move."""
        if not self._path.parent.exists():
            return  # its folder is about to be made, and will be noted by then
        beside = self._path.with_name(self._path.name + ".part")
        beside.write_text(json.dumps(self._values, indent=1), encoding="utf-8")
        os.replace(str(beside), str(self._path))
        self.exists = True


def _checked(values: Any) -> dict[str, Any]:
    """The values of a record. Raises ValueError or TypeError for those of anything else."""
    if not isinstance(values, dict):
        raise ValueError("not a record")
    for name in ("paths", "folders"):
        held = values.get(name)
        if not isinstance(held, list) or not all(isinstance(path, str) for path in held):
            raise ValueError(f"no list of {name}")
    if not isinstance(values.get("kritarcs"), dict):
        raise ValueError("no kritarcs")
    for made in values["kritarcs"].values():
        Made(**made)
    return values


def _place(path: Path) -> str:
    """One spelling for a path, however links on the way to it are spelled; it may be a link."""
    return os.path.join(os.path.realpath(str(path.parent)), path.name)
