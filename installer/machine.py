"""The machine an installation is for: its system, its user's home, and where things belong on it.

Everything that looks around takes a Machine, so that a test can hand it a made-up one.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

from .errors import InstallError

LINUX, MACOS, WINDOWS = "Linux", "Darwin", "Windows"


@dataclass(frozen=True)
class Machine:
    """One user on one computer. ``root`` is where its file system begins."""

    system: str
    architecture: str
    home: Path
    env: Mapping[str, str]
    root: Path = Path("/")

    @property
    def data_folder(self) -> Path:
        """Where programs keep this user's data."""
        if self.system == WINDOWS:
            return self._folder("LOCALAPPDATA", self.home / "AppData" / "Local")
        if self.system == MACOS:
            return self.home / "Library" / "Application Support"
        return self._folder("XDG_DATA_HOME", self.home / ".local" / "share")

    @property
    def config_folder(self) -> Path:
        """Where KDE programs keep this user's settings."""
        if self.system == WINDOWS:
            return self._folder("LOCALAPPDATA", self.home / "AppData" / "Local")
        if self.system == MACOS:
            return self.home / "Library" / "Preferences"
        return self._folder("XDG_CONFIG_HOME", self.home / ".config")

    @property
    def krita_data(self) -> Path:
        """Krita's resource folder, unless kritarc moves it."""
        if self.system == WINDOWS:
            return self._folder("APPDATA", self.home / "AppData" / "Roaming") / "krita"
        return self.data_folder / "krita"

    @property
    def default_prefix(self) -> Path:
        """Where SDEdit's backend is installed unless --prefix says otherwise."""
        return self.data_folder / "sdedit"

    def default_bin(self, prefix: Path) -> Path:
        """Where the launcher goes unless --bin says otherwise."""
        return prefix / "bin" if self.system == WINDOWS else self.home / ".local" / "bin"

    @property
    def search_path(self) -> str:
        """The folders in which the shell looks for programs."""
        return self.env.get("PATH", "")

    def _folder(self, variable: str, otherwise: Path) -> Path:
        # The XDG specification has relative paths ignored.
        value = self.env.get(variable, "")
        return Path(value) if value and Path(value).is_absolute() else otherwise


def this_machine() -> Machine:
    """The computer and user that run this program.

    Raises InstallError where the user's home folder is unknown.
    """
    try:
        home = Path.home()
    except RuntimeError:  # pathlib's word for it
        home = Path()
    if not home.is_absolute():
        raise InstallError(
            "The system does not say where your home folder is.",
            "Set HOME to its full path, then run this again.",
        )
    return Machine(platform.system(), platform.machine(), home, os.environ)
