"""Where the backend is, as install.py wrote it into the plugin's own folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .i18n import _
from .protocol.errors import SDEditError

REMEDY = _("Run install.py again.")


class NotInstalled(SDEditError):
    """The plugin does not know where its backend is."""

    code = "not-installed"


@dataclass(frozen=True)
class Installation:
    """The backend's Python, its home (keys, logs, models) and the folder with its keys."""

    version: str
    python: Path
    home: Path
    keys: Path

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def models(self) -> Path:
        return self.home / "models"


def read_installation(file: Path) -> Installation:
    """What ``install.json`` says. Raises NotInstalled when it is missing or damaged."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return Installation(
            str(values["version"]),
            Path(values["python"]),
            Path(values["home"]),
            Path(values["keys"]),
        )
    except FileNotFoundError as error:
        raise NotInstalled(_("SDEdit's backend is not installed."), REMEDY) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        sentence = _("SDEdit's file {file} is damaged.").format(file=file)
        raise NotInstalled(sentence, REMEDY) from error
