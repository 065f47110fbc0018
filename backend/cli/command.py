"""Reads the command line, runs one subcommand, and turns every error into a sentence."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn, Protocol

from backend.cli import (
    bench,
    detect,
    doctor,
    edit,
    evaluate,
    history,
    keys,
    models,
    node,
    recipe,
    serve,
    status,
    train,
    verify,
)
from backend.cli.outcomes import CODES_OF_WRONG_INPUT, FAILED, INTERRUPTED, WRONG_INPUT
from backend.cli.terminal import shown_safely
from protocol import VERSION
from protocol.errors import SDEditError
from protocol.sentences import escaped


class Command(Protocol):
    """What a module of this package offers; with ABOUT, its --help says that in place of HELP."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, options: argparse.Namespace) -> int:
        """Do it; the exit code. Raises SDEditError, whose sentence is then printed."""


COMMANDS: tuple[Command, ...] = (
    serve,
    status,
    node,
    edit,
    verify,
    recipe,
    history,
    detect,
    models,
    train,
    evaluate,
    bench,
    keys,
    doctor,
)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage in front of it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.color = False  # Python 3.14 would add what `shown_safely` escapes.

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:].rstrip(".")
        self.exit(
            WRONG_INPUT, f"{escaped(sentence)}. Run '{self.prog} --help' to see what is possible.\n"
        )


def make_parser() -> Parser:
    parser = Parser(
        prog="sdedit",
        description="SDEdit: paint roughly, get a believable picture.",
        epilog="Exit codes: 0 done; 1 failed, not found or not equal; 2 the command line, "
        "or a file, model or device that it names, cannot be used; 130 stopped by Ctrl-C.",
    )
    parser.add_argument("--version", action="version", version=f"sdedit {VERSION}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        about = getattr(command, "ABOUT", command.HELP)
        added = subparsers.add_parser(command.NAME, help=command.HELP, description=about)
        command.add_arguments(added)
        added.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    with shown_safely():
        return _run(make_parser().parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except SDEditError as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT if error.code in CODES_OF_WRONG_INPUT else FAILED
    except BrokenPipeError:
        # Whoever reads us has seen enough: what is still to be written goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        where = "A file" if error.filename is None else os.fsdecode(error.filename)
        print(f"{where} cannot be used ({error.strerror or error}).", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return INTERRUPTED
