"""`sdedit detect`: which pictures carry the invisible mark that says "generated"."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from backend.cli.outcomes import FAILED, OK, WRONG_INPUT

NAME = "detect"
HELP = "Look for the invisible mark that says 'generated': 0 if a file has it, 1 if none has."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="pictures of any kind")


def run(options: argparse.Namespace) -> int:
    from backend.file_access import FileError
    from backend.pictures.deep import in_8_bits
    from backend.pictures.files import read_picture
    from backend.pictures.shown import luma
    from backend.provenance.detection import FOUND, find_mark

    is_found, is_readable = False, True
    for path in options.files:
        try:
            finding = find_mark(luma(in_8_bits(read_picture(path))))
        except FileError as error:  # The other files are looked at all the same.
            print(error, file=sys.stderr)
            is_readable = False
            continue
        is_found |= finding.is_found
        if finding.is_found:
            said = f"the mark is there, at {finding.scale:.0%} of its size"
        elif finding.is_too_small:
            said = "too small to tell"
        else:
            said = "no mark found"
        print(f"{path}: {said} (score {finding.score:.1f}; from {FOUND:g} on it counts)")
    if not is_readable:
        return WRONG_INPUT
    return OK if is_found else FAILED
