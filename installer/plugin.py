"""Stages the plugin as Krita loads it: everything it needs inside its own package.

pykrita/sdedit.desktop
pykrita/sdedit/           the contents of krita_plugin/
    protocol/             imported relatively: Krita's plugins share one interpreter
    vendor/cp311/ …       pyzmq and msgpack for each Python
    install.json          where the backend is
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from .layout import CHECKOUT, Layout
from .trees import IGNORED, placed_whole

NAME = "sdedit"
_SOURCE = CHECKOUT / "krita_plugin"


def stage_plugin(
    destination: Path, vendored: Path | None = None, installation: dict[str, str] | None = None
) -> Path:
    """Put the plugin into ``destination``, a pykrita folder, and return its package's folder.

    ``vendored`` holds the folders of ``vendored.py``; ``installation`` becomes install.json.
    Staged beside and put in place in one move: Krita never sees half a plugin.
    """
    package = destination / NAME
    with placed_whole(package) as new:
        new.rmdir()
        shutil.copytree(str(_SOURCE), str(new), ignore=_left_out)
        shutil.copytree(str(CHECKOUT / "protocol"), str(new / "protocol"), ignore=IGNORED)
        if vendored is not None:
            shutil.copytree(str(vendored), str(new / "vendor"), ignore=IGNORED)
        if installation is not None:
            text = json.dumps(installation, indent=1)
            (new / "install.json").write_text(text, encoding="utf-8")
    shutil.copy2(str(_SOURCE / f"{NAME}.desktop"), str(destination))
    return package


def installation_record(layout: Layout, version: str) -> dict[str, str]:
    """What the plugin must know to start the backend."""
    return {
        "version": version,
        "python": str(layout.python),
        "home": str(layout.prefix),
        "keys": str(layout.keys),
    }


def staged_record(package: Path) -> dict[str, str]:
    """The install.json of a staged plugin; empty if it has none that can be read."""
    try:
        values: dict[str, str] = json.loads((package / "install.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values


def action_file() -> Path | None:
    """The plugin's list of actions for Krita, if it has one; it goes to Krita's actions/."""
    found = sorted(_SOURCE.rglob("*.action"))
    return found[0] if found else None


def _left_out(folder: str, names: list[str]) -> set[str]:
    """What of krita_plugin/ has another place, or none, in Krita."""
    elsewhere = shutil.ignore_patterns(f"{NAME}.desktop", "*.action", "actions")
    return {*IGNORED(folder, names), *elsewhere(folder, names)}
