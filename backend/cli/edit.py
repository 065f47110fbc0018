"""`sdedit edit`: one picture file in, one or several out, with a backend of its own."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.cli.edit_request import AUTO, add_settings, asking_for_t0, make_request
from backend.cli.edit_sources import Sources, composed, named_sources, read_sources
from backend.cli.outcomes import OK, WrongInput
from protocol.messages import VARIANTS_MAX, EditRequest, Result
from protocol.recipes import recipe_text

if TYPE_CHECKING:
    from backend.pictures.deep import Picture
    from backend.session import Session

NAME = "edit"
HELP = "Turn a rough picture into a believable one."
ABOUT = (
    f"{HELP} Of each picture it tells t0, how far it is from the guide (root mean square, in steps "
    "of 255), and its realism: how like real pictures the model finds it, from 0 to 1. Half of all "
    "photographs have more than 0.8; compare it only between edits of one picture."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("guide", type=Path, metavar="GUIDE", help="the picture to start from")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="OUT",
        help="where to write the result; its suffix (.png, .jpg, …) chooses the kind of file",
    )
    add_settings(parser)
    parser.add_argument(
        "--compare", type=Path, metavar="FILE", help="also write guide and result side by side"
    )
    parser.add_argument(
        "--no-recipe",
        action="store_true",
        help="do not write into PNG files how they were made ('sdedit recipe' prints that)",
    )
    add_place(parser)


def add_place(parser: argparse.ArgumentParser) -> None:
    """The options that say where the work is done."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--device", default="auto", help="auto, cpu, mps, cuda:0, … (default: %(default)s)"
    )
    where.add_argument(
        "--backend",
        metavar="NAME",
        help="let another machine do the work, one that 'sdedit keys' has paired with this one",
    )


def run(options: argparse.Namespace) -> int:
    from backend.models.catalogue import find_model

    if options.edge is not None and options.footprint is None:
        raise WrongInput("--edge is that of a footprint.", "Name one with --footprint, too.")
    sources = read_sources(options)
    _check_targets(options, sources.guide)
    if options.backend is None:
        find_model(options.model)  # Another machine has its own.
    request = make_request(options, sources)
    if sources.is_all_footprint:
        print(
            f"{options.footprint} covers the whole guide, so nearly all of it may change. For "
            "less, give strokes with transparency around them.",
            file=sys.stderr,
        )
    result = _edit(request, options.t0 == AUTO, session_for(options))
    _write(options, sources, result)
    print(f"Wrote {', '.join(map(str, _targets(options)))} ({result.seconds:.1f} s).")
    for target, reading in zip(_targets(options), result.readings):
        print(f"{target.name}: {_in_words(reading)}")
    return OK


def _in_words(reading: dict[str, Any]) -> str:
    """A picture's reading, such as "t0 0.45, 8.3 of 255 from the guide, realism 0.91"."""
    words = f"t0 {reading['t0']:.3g}, {reading['faithfulness']:.1f} of 255 from the guide"
    return words + (f", realism {reading['realism']:.2f}" if "realism" in reading else "")


def _targets(options: argparse.Namespace) -> list[Path]:
    """Where the results go: OUT itself, or for several OUT-1, OUT-2, … or OUT-t0-0.25, …."""
    out: Path = options.out
    count = options.repeats if options.ladder else options.variants
    if count == 1 and not options.t0s:
        return [out]
    names = [f"t0-{t0:.12g}" for t0 in options.t0s] or range(1, count + 1)
    return [out.with_name(f"{out.stem}-{name}{out.suffix}") for name in names]


def _check_targets(options: argparse.Namespace, guide: Picture) -> None:
    """See, before any work, that everything can be written and nothing else is overwritten."""
    from backend.pictures.files import check_target
    from backend.pictures.side_by_side import side_by_side

    if options.ladder and options.repeats == 1:
        raise WrongInput("--ladder needs --repeats.", "Say how many, for instance --repeats 4.")
    count = options.repeats if options.ladder else options.variants
    if not 1 <= count <= VARIANTS_MAX:
        return  # The request refuses it, in its own words.
    targets = _targets(options)
    if len(set(targets)) < len(targets):
        raise WrongInput("--t0s names a t0 twice.", "Name each once.")
    for target in targets:
        check_target(target, guide)
    sources = dict(named_sources(options))
    if options.compare is not None:
        check_target(options.compare, side_by_side([guide]))
        for other in (*targets, *sources.values()):
            if _is_same(other, options.compare):
                raise WrongInput(
                    f"--compare would overwrite {other}.", "Give it a name of its own."
                )
    for what, path in sources.items():
        if any(_is_same(path, target) for target in targets):
            raise WrongInput(f"--out would overwrite the {what} {path}.", "Give it another name.")


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def session_for(options: argparse.Namespace) -> Session:
    """The backend to work with: one of our own, or another machine's."""
    if options.backend is None:
        from backend.local import LocalBackend

        return LocalBackend(options.device)
    from backend.paths import default_home
    from backend.remote import RemoteBackend
    from protocol.pairing import load_backend

    return RemoteBackend(options.backend, load_backend(default_home().keys, options.backend))


def _edit(request: EditRequest, is_auto: bool, session: Session) -> Result:
    """The edit's result; is_auto: whether t0 is for the backend to propose."""
    from backend.cli.progress_line import ProgressLine

    line = ProgressLine()
    try:
        with session as backend:
            if is_auto:
                proposal = backend.propose_t0(asking_for_t0(request), line.show)
                request = replace(request, t0=proposal.t0)
                line.write(proposal.sentence)
                line.end()
            result = backend.edit(request, line.show)
    finally:
        line.end()
    return result


def _write(options: argparse.Namespace, sources: Sources, result: Result) -> None:
    from backend.pictures.file_kinds import LOSSY_FORMATS, kind_for
    from backend.pictures.files import write_picture
    from backend.pictures.side_by_side import side_by_side

    pictures = composed(sources.guide, result)
    for nth, (target, picture) in enumerate(zip(_targets(options), pictures, strict=True)):
        which = {"picture": nth + 1} if len(pictures) > 1 else {}
        recipe = {**result.recipe, **which}
        write_picture(target, picture, "" if options.no_recipe else recipe_text(recipe))
    if sources.is_local and kind_for(options.out).format in LOSSY_FORMATS:
        print(
            "A JPEG file changes every pixel a little; with .png the rest stays exact.",
            file=sys.stderr,
        )
    if options.compare is not None:
        write_picture(options.compare, side_by_side([sources.guide, *pictures]))
