"""The options of install.py, and its failures, each told in one sentence with its remedy."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from pathlib import Path

from . import backend_files, doctor, plugin, uninstall
from .alone import alone
from .environment import Environment
from .errors import InstallError, explain_os_error
from .layout import Layout
from .machine import WINDOWS, Machine, this_machine
from .progress import Progress
from .project import read_project
from .steps import Installation, Wishes

DESCRIPTION = """\
Installs SDEdit for Krita: the plugin into every Krita of yours, and the backend into your own
data folder. Running it again is harmless: it mends what is missing and leaves what is right."""


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; returns the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A console that lacks a letter of somebody's name must not end an installation.
        sys.stdout.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    _be_stopped_in_order()
    try:
        return _do(options, this_machine())
    except InstallError as error:
        failure = error
    except OSError as error:
        failure = explain_os_error(error)
    except KeyboardInterrupt:
        print("\nStopped. Run this again to go on.", file=sys.stderr)
        return 130
    print(f"\nIt cannot go on: {failure.sentence}\n{failure.remedy}", file=sys.stderr)
    return 1


def _be_stopped_in_order() -> None:
    """Have a kill or the terminal's closing do what Ctrl+C does: no program is left at work."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # not under nohup
            signal.signal(number, signal.default_int_handler)


def _do(options: argparse.Namespace, machine: Machine) -> int:
    project = read_project()
    if options.make_environment:
        progress = Progress(steps=1)
        progress.step(f"Making a Python environment in {options.make_environment}")
        environment = Environment(options.make_environment, machine, progress)
        environment.provide(project, options.device, options.extras)
        return 0
    if options.stage_plugin:
        print(f"The plugin is in {plugin.stage_plugin(options.stage_plugin)}")
        return 0
    _refuse_sudo(machine)
    prefix = options.prefix or machine.default_prefix
    layout = Layout(prefix, machine.system)
    bin_folder = options.bin or machine.default_bin(prefix)
    if options.uninstall:
        with alone(machine.home):
            uninstall.uninstall(layout, machine, project.version, options.yes, options.keep_models)
        return 0
    if options.doctor:
        launcher = backend_files.launcher_path(bin_folder, machine.system)
        return doctor.examine(layout, launcher, machine, project)
    wishes = Wishes(
        prefix, bin_folder, options.device, edit=not options.no_edit, extras=tuple(options.extras)
    )
    with alone(machine.home):
        Installation(wishes, machine, project, Progress(steps=7 if wishes.edit else 6)).run()
    return 0


def _refuse_sudo(machine: Machine) -> None:
    if machine.system != WINDOWS and os.geteuid() == 0 and machine.env.get("SUDO_USER"):
        raise InstallError(
            "With sudo, SDEdit would be installed for root and not for you.",
            "Run this again without sudo: nothing here needs it.",
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="install.py", description=DESCRIPTION)
    task = parser.add_mutually_exclusive_group()
    task.add_argument("--doctor", action="store_true", help="say what is right and what is wrong")
    task.add_argument("--uninstall", action="store_true", help="remove all that was installed")
    task.add_argument(
        "--make-environment",
        type=_folder,
        metavar="DIR",
        help="only make a Python environment with the backend's dependencies (for developers)",
    )
    task.add_argument(
        "--stage-plugin",
        type=_folder,
        metavar="DIR",
        help="only put the plugin, as Krita loads it, into DIR (for developers)",
    )
    parser.add_argument(
        "--prefix", type=_folder, metavar="DIR", help="where the backend, its keys and models go"
    )
    parser.add_argument("--bin", type=_folder, metavar="DIR", help="where the sdedit command goes")
    parser.add_argument(
        "--device",
        choices=["auto", "cpu", "cuda"],
        default="auto",
        help="which PyTorch to install: auto takes CUDA where an NVIDIA driver works",
    )
    parser.add_argument("--no-edit", action="store_true", help="leave out the picture at the end")
    parser.add_argument(
        "--extras",
        action="append",
        default=[],
        choices=["diffusers", "evaluate", "test"],
        help="also install what imported models need (diffusers), the plots of 'sdedit evaluate' "
        "(evaluate), or the tests (test); may be given several times, and is remembered",
    )
    parser.add_argument(
        "--yes", action="store_true", help="with --uninstall: your own models may go too"
    )
    parser.add_argument(
        "--keep-models", action="store_true", help="with --uninstall: your own models stay"
    )
    return parser


def _folder(text: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(text)))
