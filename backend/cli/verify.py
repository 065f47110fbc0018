"""`sdedit verify`: make an edit again, and say whether it is the same to the bit."""

from __future__ import annotations

import argparse
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.cli.edit import add_place, session_for
from backend.cli.edit_request import add_settings, make_request
from backend.cli.edit_sources import GREYS, Sources, add_sources, composed, read_sources
from backend.cli.outcomes import FAILED, OK, WrongInput

if TYPE_CHECKING:
    from backend.cli.progress_line import ProgressLine
    from backend.pictures.deep import Picture
    from protocol.images import Image
    from protocol.messages import EditRequest, Verified

NAME = "verify"
HELP = "Make an edit again and compare it with what it gave: 0 if equal to the bit, else 1."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "edit", metavar="EDIT", help="an entry of 'sdedit history', or a PNG file of 'sdedit edit'"
    )
    parser.add_argument(
        "guide", type=Path, nargs="?", metavar="GUIDE", help="for a PNG file: what it was made from"
    )
    add_sources(parser.add_argument_group("for a PNG file that was made with them"))
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    from backend.cli.progress_line import ProgressLine

    line = ProgressLine()
    try:
        is_file = options.guide is not None or options.edit.lower().endswith(".png")
        verified = _verify_file(options, line) if is_file else _verify_entry(options, line)
    finally:
        line.end()
    print(verified.sentence)
    return OK if verified.is_equal else FAILED


def _verify_entry(options: argparse.Namespace, line: ProgressLine) -> Verified:
    from backend.cli.history import find_entry
    from backend.history.store import HistoryStore
    from backend.paths import default_home

    entry = find_entry(HistoryStore(default_home().history), options.edit)
    with session_for(options) as backend:
        return backend.edit_again(entry.again(uuid.uuid4().hex), line.show)


def _verify_file(options: argparse.Namespace, line: ProgressLine) -> Verified:
    from backend.pictures.files import read_picture
    from backend.provenance.comparison import compare
    from backend.provenance.png_recipe import read_recipe

    path = Path(options.edit)
    if options.guide is None:
        raise WrongInput("The guide is missing.", "Name the picture that this one was made from.")
    picture = read_picture(path)
    sources = read_sources(options)
    recipe = read_recipe(path)
    request = _request(recipe, sources)
    with session_for(options) as backend:
        result = backend.edit(request, line.show)
    pictures = composed(sources.guide, result)
    nth = recipe.pop("picture", 1)
    if nth not in range(1, len(pictures) + 1):
        raise WrongInput(f"The recipe speaks of picture {nth!r} of {len(pictures)}.")
    made = _image(pictures[nth - 1])
    return compare(request.job_id, [_image(picture)], [made], recipe, result.recipe)


def _request(recipe: dict[str, Any], sources: Sources) -> EditRequest:
    """The edit of a recipe on these pictures. Raises WrongInput when they are others."""
    from backend.provenance.digests import digest
    from protocol.recipes import arguments

    parser = argparse.ArgumentParser(exit_on_error=False)
    add_settings(parser)
    try:
        settings = parser.parse_args(arguments(recipe))
    except (argparse.ArgumentError, ValueError, SystemExit) as error:
        raise WrongInput("The recipe in this file cannot be used.", "") from error
    for name, words in GREYS:
        if getattr(sources, name) is not None and not recipe.get(f"{name}_digest"):
            option = name.replace("_", "-")
            raise WrongInput(f"This picture was made without a {words}.", f"Leave out --{option}.")
    request = make_request(settings, sources)
    for name, words in (("guide", "guide"), *GREYS):
        if recipe.get(f"{name}_digest", "") != digest(getattr(request, name)):
            raise WrongInput(
                f"The {words} is not the one that this picture was made with.",
                "Give the very files that 'sdedit edit' was given.",
            )
    return request


def _image(picture: Picture) -> Image:
    from backend.pictures.guides import raw_image
    from protocol.bounds import Bounds

    return raw_image(picture, Bounds(0, 0, *picture.size))
