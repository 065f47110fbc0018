"""What lies where in an installation, and where the parts come from in a checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .machine import WINDOWS

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Layout:
    """The folders and files of one installation, all inside ``prefix``."""

    prefix: Path
    system: str

    @property
    def app(self) -> Path:
        """The backend's code, and the protocol's."""
        return self.prefix / "app"

    @property
    def venv(self) -> Path:
        """The backend's Python environment."""
        return self.prefix / "venv"

    @property
    def python(self) -> Path:
        """The Python that runs the backend."""
        return environment_python(self.venv, self.system)

    @property
    def keys(self) -> Path:
        """The keys of the backend and of this machine's clients."""
        return self.prefix / "keys"

    @property
    def models(self) -> Path:
        """Models that the user trained or imported."""
        return self.prefix / "models"

    @property
    def vendored(self) -> Path:
        """The packages that are staged inside the plugin, one folder for each Python."""
        return self.prefix / "vendored"

    @property
    def first_edit(self) -> Path:
        """The pictures of the edit that ends an installation."""
        return self.prefix / "first-edit"

    @property
    def made_by_backend(self) -> list[Path]:
        """Folders that the backend fills while it works."""
        return [
            self.models,
            *(self.prefix / name for name in ("logs", "run", "training", "corpus")),
        ]

    @property
    def log(self) -> Path:
        """What pip said."""
        return self.prefix / "logs" / "install.log"

    @property
    def manifest(self) -> Path:
        """The record of all that was made."""
        return self.prefix / "install-manifest.json"


def environment_python(venv: Path, system: str) -> Path:
    """The Python of a virtual environment."""
    return venv / "Scripts" / "python.exe" if system == WINDOWS else venv / "bin" / "python"
