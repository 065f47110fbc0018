"""Makes the backend's Python environment, or sees that it is there and right."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from .commands import CommandError, ask, run_aloud
from .errors import InstallError
from .interpreter import Interpreter, find_python
from .layout import environment_python
from .machine import Machine
from .pip import Pip
from .progress import Progress
from .project import Project, requirement_name
from .torch_choice import CUDA, NEEDED_BYTES, install_torch, wanted_accelerator

# Written last: an environment without it is half made. Begun first, under the other name: an
# environment with neither is somebody else's.
RECORD = "sdedit-environment.json"
BEGUN = RECORD + ".begun"


class Environment:
    """The environment in ``venv``; pip's downloads lie beside it while it is made."""

    def __init__(
        self, venv: Path, machine: Machine, progress: Progress, log: Path | None = None
    ) -> None:
        self.venv = venv
        self.python = environment_python(venv, machine.system)
        self.downloads = venv.with_name(venv.name + ".downloads")
        self._machine = machine
        self._progress = progress
        self._log = log or self.downloads / "install.log"
        self.pip = Pip(self.python, self.downloads, self._log, progress)

    @property
    def record(self) -> dict[str, Any]:
        """What the environment was made of; empty while it is not whole."""
        try:
            values: dict[str, Any] = json.loads((self.venv / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return values

    def provide(self, project: Project, device: str, extras: list[str]) -> bool:
        """Have the environment be there with the project's dependencies; True if that took work.

        Raises InstallError when it cannot be made; then no half-made one is left.
        """
        accelerator = wanted_accelerator(self._machine, device)
        extras = sorted({*extras, *self.record.get("extras", [])} & set(project.extras))
        requirements = sorted(project.dependencies + [r for e in extras for r in project.extras[e]])
        if device == "auto" and self.record.get("accelerator") == CUDA:
            accelerator = CUDA  # it serves a machine without a working driver as well
        made_of = {"requirements": requirements, "accelerator": accelerator, "extras": extras}
        if self._is_right(made_of):
            self._progress.note(f"{self.venv} is there and right.")
            return False
        if self._lacks_only_extras(made_of):
            self._add(made_of)
            return True
        python = find_python(self._machine, project.oldest_python)
        self._make_room(NEEDED_BYTES[accelerator])
        try:
            self._make(python)
            torch = self._fill(project, accelerator, requirements)
        except BaseException:
            self.remove()
            raise
        self._finish({**made_of, "torch": torch, "python": python.name})
        self._progress.note(f"{python.name} and torch {torch} are in {self.venv}.")
        return True

    def _finish(self, record: dict[str, Any]) -> None:
        (self.venv / BEGUN).write_text(json.dumps(record, indent=1), encoding="utf-8")
        os.replace(str(self.venv / BEGUN), str(self.venv / RECORD))
        self.pip.tidy_up()

    def works(self) -> bool:
        """Whether all that the backend needs can really be imported."""
        code = "import imagecodecs, msgpack, numpy, PIL.Image, safetensors, torch, zmq"
        return ask([os.fspath(self.python), "-I", "-c", code], timeout_s=120) is not None

    def distrust(self) -> None:
        """Have the next ``provide`` make the environment anew."""
        os.replace(str(self.venv / RECORD), str(self.venv / BEGUN))

    def remove(self) -> None:
        """Delete the environment, whole or not."""
        if self.venv.is_dir():
            shutil.rmtree(str(self.venv))

    def _is_right(self, made_of: dict[str, Any]) -> bool:
        record = {"extras": [], **self.record}
        if any(record.get(name) != value for name, value in made_of.items()):
            return False
        return self._has(made_of["requirements"])

    def _lacks_only_extras(self, made_of: dict[str, Any]) -> bool:
        """Whether it is an environment of this project's, to which no more need be added."""
        present: list[str] = self.record.get("requirements", [])
        return (
            bool(present)
            and self.record.get("accelerator") == made_of["accelerator"]
            and set(present) < set(made_of["requirements"])
            and self._has(present)
        )

    def _add(self, made_of: dict[str, Any]) -> None:
        """Install what it lacks. Raises InstallError; it then is what it was before."""
        record = self.record
        new = [one for one in made_of["requirements"] if one not in record["requirements"]]
        torch = f"torch=={record['torch']}"  # else a library might bring another build of it
        self.pip.install(torch, *new, doing=f"installing {' and '.join(made_of['extras'])}")
        self._finish({**record, **made_of})
        self._progress.note(f"Added to {self.venv}: {', '.join(map(requirement_name, new))}.")

    def _has(self, requirements: list[str]) -> bool:
        """Whether its Python runs and finds all of these."""
        # An upgrade of the system's Python can take the environment's Python away.
        names = [requirement_name(requirement) for requirement in requirements]
        question = f"import importlib.metadata as m; [m.version(name) for name in {names}]"
        return ask([os.fspath(self.python), "-I", "-c", question]) is not None

    def _make_room(self, needed: int) -> None:
        is_ours = any((self.venv / name).exists() for name in (RECORD, BEGUN))
        if self.venv.exists() and any(self.venv.iterdir()) and not is_ours:
            raise InstallError(
                f"{self.venv} is there already, and the installer did not make it.",
                "Move it elsewhere, or choose another folder.",
            )
        self.remove()
        self.venv.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(str(self.venv.parent)).free
        if free < needed:
            raise InstallError(
                f"{needed / 1e9:.1f} GB of disk space are needed in {self.venv.parent},"
                f" and {free / 1e9:.1f} GB are free.",
                "Free some space, or choose a folder on another disk with --prefix.",
            )

    def _make(self, python: Interpreter) -> None:
        self.venv.mkdir()
        (self.venv / BEGUN).touch()
        try:
            run_aloud(
                [python.path, "-I", "-m", "venv", str(self.venv)],
                self._progress,
                "making the environment",
                self._log,
            )
        except CommandError as error:
            lines = error.output.strip().splitlines()
            raise InstallError(
                f"{python.name} could not make an environment in {self.venv}"
                + (f" ({lines[-1].rstrip('.')})." if lines else "."),
                f"The file {self._log} holds all that it said.",
            ) from error

    def _fill(self, project: Project, accelerator: str, requirements: list[str]) -> str:
        self.pip.renew_if_too_old()
        torch = install_torch(self.pip, self._machine, accelerator, project.requirement("torch"))
        others = [one for one in requirements if requirement_name(one) != "torch"]
        self.pip.install(f"torch=={torch}", *others, doing="installing what else the backend needs")
        return torch
