"""The steps of an installation, in order. Each sees first whether its work is done already."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import backend_files, first_edit, kritarc, kritas, plugin, vendored
from .environment import Environment
from .errors import InstallError
from .layout import Layout
from .machine import WINDOWS, Machine
from .manifest import Manifest
from .progress import Progress
from .project import Project
from .running import running_kritas


@dataclass(frozen=True)
class Wishes:
    """What the user asked for."""

    prefix: Path
    bin_folder: Path
    device: str = "auto"
    edit: bool = True
    extras: tuple[str, ...] = ()


class Installation:
    """One run of the steps."""

    def __init__(
        self, wishes: Wishes, machine: Machine, project: Project, progress: Progress
    ) -> None:
        self.wishes = wishes
        self.machine = machine
        self.project = project
        self.progress = progress
        self.layout = Layout(wishes.prefix, machine.system)
        self.manifest = Manifest(self.layout, project.version)
        self.launcher = backend_files.launcher_path(wishes.bin_folder, machine.system)
        self.environment = Environment(self.layout.venv, machine, progress, self.layout.log)

    def run(self) -> None:
        """Do all of them. Raises InstallError at the first that cannot be done."""
        found = self._find_kritas()
        self._begin_log()
        self._make_environment()
        self._install_backend()
        self._make_keys()
        folders = kritas.folders_to_serve(found, self.machine)
        self._stage_plugin(found, folders)
        self._switch_on(folders)
        comparison = self._edit() if self.wishes.edit else None
        self._say_what_next(found, comparison)

    def _find_kritas(self) -> list[kritas.Krita]:
        self.progress.step("Looking for Krita")
        found = kritas.find_kritas(self.machine)
        for krita in found:
            self.progress.note(str(krita))
        if not found:
            self.progress.note("No Krita was found. The plugin will be there when Krita comes.")
        return found

    def _begin_log(self) -> None:
        self.manifest.make_folder(self.layout.prefix)
        if self.layout.log.exists():
            self.layout.log.unlink()

    def _make_environment(self) -> None:
        self.progress.step("Making the backend's Python environment")
        self.manifest.will_make(self.layout.venv)
        self.manifest.will_make(self.environment.downloads)
        for folder in self.layout.made_by_backend:
            self.manifest.will_use(folder)
        self.environment.provide(self.project, self.wishes.device, list(self.wishes.extras))

    def _install_backend(self) -> None:
        self.progress.step("Installing the backend")
        self.manifest.will_make(self.layout.app)
        changed = backend_files.copy_code(self.layout.app)
        backend_files.let_import(self.layout.app, self.layout.python)
        self.progress.note(f"{self.layout.app} {'is in place' if changed else 'was right'}.")
        self.manifest.will_make(self.launcher, backend_files.is_launcher)
        backend_files.write_launcher(self.launcher, self.layout)
        self.progress.note(f"The command is {self.launcher}")
        folder = self.wishes.bin_folder
        if not backend_files.is_on_path(folder, self.machine.search_path):
            self.progress.note(
                f"Its folder is not in your PATH. {_how_to_add(folder, self.machine)}"
            )

    def _make_keys(self) -> None:
        self.progress.step("Making the keys that let only you use the backend")
        self.manifest.will_use(self.layout.keys)
        made = backend_files.make_keys(self.layout, self.progress)
        if made:
            self.progress.note(f"New in {self.layout.keys}: {', '.join(made)}.")
        else:
            self.progress.note(f"{self.layout.keys} was right.")

    def _stage_plugin(self, found: list[kritas.Krita], folders: list[kritas.Folders]) -> None:
        self.progress.step("Putting the plugin where Krita looks for it")
        self.manifest.will_make(self.layout.vendored)
        vendored.provide(
            self.layout.vendored,
            self.environment.pip,
            # Without versions: the newest that each Python still gets. Krita's may be old.
            ["pyzmq", "msgpack"],
            {vendored.tag_for(krita.python) for krita in found if krita.python},
            self.machine,
            self.progress,
        )
        self.environment.pip.tidy_up()
        record = plugin.installation_record(self.layout, self.project.version)
        for one in folders:
            package = one.plugins / plugin.NAME
            self.manifest.will_make(package, is_ours=lambda path: bool(plugin.staged_record(path)))
            self.manifest.will_make(one.plugins / f"{plugin.NAME}.desktop", is_ours=Path.is_file)
            plugin.stage_plugin(one.plugins, self.layout.vendored, record)
            self.progress.note(f"The plugin is in {package}")
            self._place_action(one)

    def _place_action(self, folders: kritas.Folders) -> None:
        action = plugin.action_file()
        if action is not None:
            destination = folders.data / "actions" / action.name
            self.manifest.will_make(destination, is_ours=Path.is_file)
            shutil.copy2(str(action), str(destination))

    def _switch_on(self, folders: list[kritas.Folders]) -> None:
        self.progress.step("Switching the plugin on")
        for one in folders:
            before = kritarc.read(one.kritarc)
            after, made = kritarc.switch_on(before)
            if after == before:
                self.progress.note(f"It is on in {one.kritarc}")
                continue
            self.manifest.make_folder(one.kritarc.parent)
            made = kritarc.Made(not one.kritarc.exists(), made.group, made.newline)
            self.manifest.will_switch_on(one.kritarc, made)
            kritarc.write(one.kritarc, after)
            self.progress.note(f"It is on in {one.kritarc} now; nothing else there was changed.")
        if any(running_kritas(self.machine, one.kritarc) for one in folders):
            self.progress.note("Krita is running. Close it and start it again to see the plugin.")

    def _edit(self) -> Path:
        self.progress.step("Making a first picture, with all that was installed")
        self.manifest.will_make(self.layout.first_edit)
        try:
            return first_edit.make_first_edit(self.launcher, self.layout)
        except InstallError:
            if not self.environment.works():
                self.environment.distrust()
            raise

    def _say_what_next(self, found: list[kritas.Krita], comparison: Path | None) -> None:
        say = self.progress.say
        say("")
        say(f"SDEdit is installed ({self.progress.seconds:.0f} seconds).")
        if comparison is not None:
            say(f"Before and after, side by side: {comparison}")
        say("")
        say("What next:")
        say("  1. " + ("Open Krita." if found else "Install Krita (krita.org) and open it."))
        say("  2. Choose Settings > Dockers > SDEdit.")
        say("  3. Paint roughly on a layer and press Generate: the picture comes as a new layer.")


def _how_to_add(folder: Path, machine: Machine) -> str:
    if machine.system == WINDOWS:
        return "Add it in Settings > System > About > Advanced > Environment Variables."
    line = f'export PATH={shlex.quote(str(folder))}:"$PATH"'
    return f"To call it by its name, add this to ~/.profile: {line}"
