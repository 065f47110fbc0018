"""Says in plain words what is right and wrong with an installation.

Each check yields findings; a wrong one carries its remedy. What only the backend can know (that it
starts and answers, its model, its device) the backend's own ``doctor`` says.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from . import backend_files, kritarc, kritas, plugin, vendored
from .environment import Environment
from .layout import Layout
from .machine import WINDOWS, Machine
from .progress import Progress
from .project import Project

KEPT_IN = "install-doctor.log"
INSTALL_AGAIN = "Run install.py again."
_BACKEND_LIMIT_S = 300.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``remedy`` is empty when it is right."""

    sentence: str
    remedy: str = ""

    def __str__(self) -> str:
        if not self.remedy:
            return f"ok     {self.sentence}"
        return f"WRONG  {self.sentence}\n       > {self.remedy}"


def examine(layout: Layout, launcher: Path, machine: Machine, project: Project) -> int:
    """Print all findings and return the exit code: 0 when nothing is wrong."""
    found = kritas.find_kritas(machine)
    if not layout.manifest.exists():
        print(f"SDEdit is not installed in {layout.prefix}. Run install.py to install it.")
        return 1
    backend = [*_python(layout, machine), *_code(layout, launcher, machine)]
    findings = [
        *_krita(found),
        *_plugin(found, kritas.folders_to_serve(found, machine), layout, project),
        *backend,
        *_keys(layout, machine),
    ]
    for finding in findings:
        print(finding, flush=True)
    _keep(findings, layout)
    is_well = not any(finding.remedy for finding in findings)
    if any(finding.remedy for finding in backend):
        print("The backend itself was not asked: it is not whole.")
    else:
        print("The backend says:", flush=True)
        is_well = _ask_backend(layout) and is_well
    if is_well:
        print("SDEdit is well.")
        return 0
    print("SDEdit is not well; what to do stands under each thing that is wrong.")
    return 1


def _keep(findings: list[Finding], layout: Layout) -> None:
    """Leave them among the logs, where the report of the backend's own ``doctor`` finds them."""
    folder = layout.prefix / "logs"
    with contextlib.suppress(OSError):  # a full disk, say, must not end the examination
        folder.mkdir(exist_ok=True)
        text = "".join(f"{finding}\n" for finding in findings)
        (folder / KEPT_IN).write_text(text, encoding="utf-8")


def _krita(found: list[kritas.Krita]) -> Iterator[Finding]:
    for krita in found:
        yield Finding(f"Krita: {krita}")
    if not found:
        yield Finding("Krita: none was found.", "Install Krita (krita.org).")


def _plugin(
    found: list[kritas.Krita], folders: list[kritas.Folders], layout: Layout, project: Project
) -> Iterator[Finding]:
    for one in folders:
        package = one.plugins / plugin.NAME
        record = plugin.staged_record(package)
        if not record or not (one.plugins / f"{plugin.NAME}.desktop").is_file():
            yield Finding(f"Plugin: it is not whole in {one.plugins}.", INSTALL_AGAIN)
            continue
        wanted = plugin.installation_record(layout, project.version)
        if record["version"] != wanted["version"]:
            yield Finding(
                f"Plugin: version {record['version']} is in {package},"
                f" and this is {project.version}.",
                INSTALL_AGAIN,
            )
        elif record != wanted:
            yield Finding(
                f"Plugin: the one in {package} belongs to the installation in {record['home']}.",
                f"Give --prefix {record['home']}, or run install.py again to have it use this one.",
            )
        else:
            yield Finding(f"Plugin: version {record['version']} is in {package}")
        yield from _packages(package, [krita for krita in found if krita.folders == one])
        if kritarc.switched_on(kritarc.read(one.kritarc)):
            yield Finding(f"Plugin: it is switched on in {one.kritarc}")
        else:
            yield Finding(
                f"Plugin: it is not switched on in {one.kritarc}.",
                f"{INSTALL_AGAIN} Or: Krita, Settings > Configure Krita > Python Plugin Manager.",
            )


def _packages(package: Path, served: list[kritas.Krita]) -> Iterator[Finding]:
    there = vendored.vendored_tags(package / "vendor")
    for krita in served:
        if krita.python is None:
            yield Finding(f"Plugin: it has packages for {', '.join(there)}; one must suit {krita}")
        elif vendored.tag_for(krita.python) in there:
            yield Finding(f"Plugin: it has pyzmq and msgpack for {krita}")
        else:
            yield Finding(f"Plugin: it lacks pyzmq and msgpack for {krita}.", INSTALL_AGAIN)


def _python(layout: Layout, machine: Machine) -> Iterator[Finding]:
    environment = Environment(layout.venv, machine, Progress(0), layout.log)
    record = environment.record
    if not record or not layout.python.exists():
        yield Finding(f"Python: the environment in {layout.venv} is not whole.", INSTALL_AGAIN)
    else:
        yield Finding(f"Python: {record['python']} with torch {record['torch']} in {layout.venv}")


def _code(layout: Layout, launcher: Path, machine: Machine) -> Iterator[Finding]:
    if backend_files.is_this_code(layout.app):
        yield Finding(f"Backend: its code is in {layout.app}")
    else:
        yield Finding(f"Backend: its code in {layout.app} is not this version's.", INSTALL_AGAIN)
    if not backend_files.starts(launcher, layout):
        yield Finding(f"Backend: {launcher} does not start this installation.", INSTALL_AGAIN)
    elif not backend_files.is_on_path(launcher.parent, machine.search_path):
        yield Finding(f"Backend: the command is {launcher} (its folder is not in your PATH)")
    else:
        yield Finding(f"Backend: the command is {launcher}")


def _keys(layout: Layout, machine: Machine) -> Iterator[Finding]:
    paths = [layout.keys]
    paths += [layout.keys / f"{name}.json" for name in ("server", "client", "authorised")]
    missing = [path for path in paths if not path.exists()]
    if missing:
        yield Finding(f"Keys: {missing[0]} is missing.", INSTALL_AGAIN)
        return
    if machine.system != WINDOWS:
        for path in paths:
            mode = path.stat().st_mode & 0o777
            if mode & 0o077:
                yield Finding(
                    f"Keys: {path} can be opened by other users (mode {mode:o}).",
                    "Run install.py again: it makes new keys.",
                )
                return
    yield Finding(f"Keys: they are in {layout.keys}, and only you can read them.")


def _ask_backend(layout: Layout) -> bool:
    """Have the backend examine itself, in its own words; True if it finds nothing wrong."""
    env = {**os.environ, "SDEDIT_HOME": str(layout.prefix)}
    arguments = [os.fspath(layout.python), "-I", "-m", "backend", "doctor"]
    try:
        done = subprocess.run(
            arguments, env=env, stdin=subprocess.DEVNULL, timeout=_BACKEND_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(Finding(f"Backend: it did not answer ({error}).", INSTALL_AGAIN))
        return False
    return done.returncode == 0
