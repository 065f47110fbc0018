"""Takes back what an installation made, and nothing else."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from . import backend_files, kritarc, plugin
from .errors import InstallError
from .kritarc import Made
from .layout import Layout
from .machine import Machine
from .manifest import Manifest
from .running import running_backends, running_kritas


def uninstall(layout: Layout, machine: Machine, version: str, yes: bool, keep_models: bool) -> None:
    """Remove the installation in ``layout.prefix``.

    Models that the user trained or imported go only with ``yes`` or a spoken yes.
    Raises InstallError when something stands against it; then nothing was removed.
    """
    manifest = Manifest(layout, version)
    if not manifest.exists:
        _remove_left_models(layout, yes)
        return
    _refuse_while_in_use(layout, machine, manifest)
    kept = [layout.models] if keep_models else []
    if not keep_models and not yes:
        _ask_about_models(layout.models)
    going = [path for path in manifest.paths if not _serves_another(path, layout)]
    if any(path.name == f"{plugin.NAME}.desktop" for path in going):
        for kritarc_path, made in manifest.kritarcs.items():
            _switch_off(kritarc_path, made)
    for path in going:
        if path not in kept:
            _remove(path)
    layout.manifest.unlink()
    for folder in reversed(manifest.folders):
        # Only empty folders: others may have put their things there since.
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    print("SDEdit is uninstalled.")
    if layout.prefix.is_dir():
        left = ", ".join(sorted(path.name for path in layout.prefix.iterdir())) or "nothing"
        print(f"{layout.prefix} was left with what is not the installer's: {left}.")


def _remove_left_models(layout: Layout, yes: bool) -> None:
    """What an earlier uninstallation with --keep-models left, now that it may go."""
    if not yes or not user_models(layout.models):
        print(f"Nothing of SDEdit is installed in {layout.prefix}.")
        return
    _remove(layout.models)
    if not any(layout.prefix.iterdir()):
        layout.prefix.rmdir()
    print(f"The models in {layout.models} are removed.")


def user_models(folder: Path) -> list[str]:
    """The names of the models that the user trained or imported."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def _refuse_while_in_use(layout: Layout, machine: Machine, manifest: Manifest) -> None:
    kritas = [pid for path in manifest.kritarcs for pid in running_kritas(machine, path)]
    if kritas:
        raise InstallError(
            f"Krita is running (process {kritas[0]}) and may be using SDEdit.",
            "Close Krita, then run this again.",
        )
    backends = running_backends(machine, layout)
    if backends:
        raise InstallError(
            f"SDEdit's backend is running (process {backends[0]}).",
            "End it, then run this again.",
        )


def _ask_about_models(folder: Path) -> None:
    names = user_models(folder)
    if not names:
        return
    sentence = f"{folder} holds models that you trained or imported: {', '.join(names)}."
    remedy = "Give --yes to remove them too, or --keep-models to keep them."
    if not sys.stdin.isatty():
        raise InstallError(sentence, remedy)
    print(sentence)
    if input("Remove them for good? [y/N] ").strip().lower() not in ("y", "yes"):
        raise InstallError("Nothing was removed.", remedy)


def _switch_off(path: Path, made: Made) -> None:
    before = kritarc.read(path)
    after = kritarc.without_settings(kritarc.switch_off(before, made))
    if made.file and not after.strip() and path.exists():
        path.unlink()
    elif after != before:
        kritarc.write(path, after)


def _serves_another(path: Path, layout: Layout) -> bool:
    """Whether a later installation elsewhere has taken this path over."""
    if path.name == plugin.NAME and path.is_dir():
        return plugin.staged_record(path).get("home") != str(layout.prefix)
    if path.name == f"{plugin.NAME}.desktop":
        return _serves_another(path.with_suffix(""), layout)
    return backend_files.is_launcher(path) and not backend_files.starts(path, layout)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(str(path))
    elif os.path.lexists(str(path)):
        path.unlink()
