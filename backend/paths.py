"""Where an installation keeps its things.

home/               $SDEDIT_HOME, else the user's data folder + "sdedit"
    keys/           who may connect (protocol/keys.py)
    models/         models that the artist adds
    logs/           front-PID.log, worker-0-PID.log, … (PID: the front's)
    run/            ready files of backends that run now
    history/        what edits have given (backend/history/store.py)
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from protocol.errors import SDEditError

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds the packages ``backend`` and ``protocol``."""


@dataclass(frozen=True)
class Home:
    """An installation's data folder and the folders in it; nothing is created here."""

    folder: Path

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def models(self) -> Path:
        return self.folder / "models"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def run(self) -> Path:
        return self.folder / "run"

    @property
    def history(self) -> Path:
        return self.folder / "history"


def default_home() -> Home:
    """The home that $SDEDIT_HOME names, else the platform's usual place.

    Raises SDEditError where it hangs on a user's home folder that the system does not know.
    """
    named = os.environ.get("SDEDIT_HOME")
    try:
        folder = Path(named).expanduser().absolute() if named else _user_data_folder() / "sdedit"
    except RuntimeError as error:  # pathlib's word for an unknown home
        raise SDEditError(
            "The data folder is unknown: the system does not say where your home folder is.",
            "Set SDEDIT_HOME to a folder of your own.",
            code="no-home",
        ) from error
    return Home(folder)


def nearest_existing(folder: Path) -> Path:
    """The folder, or the nearest above it that there is: where it would be made."""
    there = folder.absolute()
    while not os.path.exists(there):  # not Path's: it fails where one may not look
        there = there.parent
    return there


def _user_data_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    named = os.environ.get("XDG_DATA_HOME", "")
    # The XDG specification: a path that is not absolute counts as unset.
    return Path(named) if os.path.isabs(named) else Path.home() / ".local" / "share"
