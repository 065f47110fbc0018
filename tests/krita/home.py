"""The home folder of one Krita under test: nothing of the person's own Krita is touched."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from tests.krita.kconfig import set_config_value

DRIVER_NAME = "sdedit_test_driver"
DRIVER_FOLDER = Path(__file__).parent / "driver"
# Krita's own Python takes its prefix from the first python3 on PATH: the system's must win.
SYSTEM_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"


class KritaHome:
    """A fresh HOME with the XDG folders at their default places inside it.

    The folder lies under /tmp and its name is short: the path of a Unix socket in it must stay
    below 108 bytes.
    """

    def __init__(self, warm_data: Path | None = None) -> None:
        """Make the folders; start from a copy of ``warm_data`` (see ``warmed_data``) if given."""
        self.path = Path(tempfile.mkdtemp(prefix="krita-home-", dir="/tmp"))
        self.config = self.path / ".config"
        self.data = self.path / ".local" / "share"
        self.cache = self.path / ".cache"
        self.runtime = self.path / "run"
        for folder in (self.config, self.data, self.cache):
            folder.mkdir(parents=True)
        self.runtime.mkdir(mode=0o700)
        if warm_data is not None:
            self.add_warm_data(warm_data)
        self._choose_software_canvas()

    @property
    def krita_data(self) -> Path:
        """Krita's resource folder; plugins live in its ``pykrita``."""
        return self.data / "krita"

    @property
    def kritarc(self) -> Path:
        """Krita's main configuration file."""
        return self.config / "kritarc"

    def environment(self, **more: str) -> dict[str, str]:
        """The whole environment of a process that lives in this home (an installer, Krita)."""
        return {
            "HOME": str(self.path),
            "XDG_CONFIG_HOME": str(self.config),
            "XDG_DATA_HOME": str(self.data),
            "XDG_CACHE_HOME": str(self.cache),
            "XDG_RUNTIME_DIR": str(self.runtime),
            # A bus that is not there: libdbus gives up at once and starts no daemon of its own.
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.runtime}/no-bus",
            "PATH": SYSTEM_PATH,
            "LANG": "C.UTF-8",
            "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE"),
            **more,
        }

    def add_warm_data(self, folder: Path) -> None:
        """Copy a filled resource database in, beside what plugins are already there."""
        shutil.copytree(folder, self.krita_data, symlinks=True, dirs_exist_ok=True)

    def enable_plugin(self, name: str) -> None:
        """Switch a Python plugin on in kritarc."""
        set_config_value(self.kritarc, "python", f"enable_{name}", "true")

    def install_driver(self) -> None:
        """Put the test driver beside whatever plugins are there, and switch it on."""
        plugins = self.krita_data / "pykrita"
        plugins.mkdir(parents=True, exist_ok=True)
        shutil.copy(DRIVER_FOLDER / f"{DRIVER_NAME}.desktop", plugins)
        shutil.copytree(
            DRIVER_FOLDER / DRIVER_NAME,
            plugins / DRIVER_NAME,
            ignore=shutil.ignore_patterns("__pycache__"),
            dirs_exist_ok=True,
        )
        self.enable_plugin(DRIVER_NAME)

    def remove(self) -> None:
        """Delete the home and all in it."""
        shutil.rmtree(self.path)

    def _choose_software_canvas(self) -> None:
        display_settings = self.config / "kritadisplayrc"
        set_config_value(display_settings, "General", "OpenGLRenderer", "none")
        set_config_value(display_settings, "General", "canvasState", "OPENGL_SUCCESS")
