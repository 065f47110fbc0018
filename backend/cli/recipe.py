"""`sdedit recipe`: how a picture was made, from the PNG file itself."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from backend.cli.outcomes import OK

NAME = "recipe"
HELP = "Show the recipe in a PNG file, and the command that makes the picture again."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a PNG file of 'sdedit edit'")


def run(options: argparse.Namespace) -> int:
    from backend.provenance.png_recipe import read_recipe
    from protocol.recipes import command_line

    recipe = read_recipe(options.file)
    print(json.dumps(recipe, indent=1))
    print()
    print(command_line(recipe))
    return OK
