"""`sdedit edit`: one picture file in, one or several out, with a backend of its own."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.cli.edit_request import AUTO, add_settings, asking_for_t0, make_request
from backend.cli.outcomes import FAILED, OK, WRONG_INPUT, WrongInput
from protocol.bounds import Bounds
from protocol.errors import JobFailed
from protocol.messages import VARIANTS_MAX, EditRequest, Result
from protocol.recipes import recipe_text

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image

    from backend.session import Session

NAME = "edit"
HELP = "Turn a rough picture into a believable one."

CODES_OF_WRONG_INPUT = ("invalid-value", "unknown-model", "pixel-format", "condition")
"""Failures of a job that another command line would cure."""


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
    from backend.pictures.files import PictureFileError, read_grey, read_picture

    try:
        guide = read_picture(options.guide)
        mask = None if options.mask is None else read_grey(options.mask, guide.size, "mask")
        t0_map = None if options.t0_map is None else read_grey(options.t0_map, guide.size, "t0 map")
        _check_targets(options, guide)
    except PictureFileError as error:
        raise WrongInput(error.sentence, error.hint) from error
    if options.backend is None:
        _check_model(options.model)
    request = make_request(options, guide, mask, t0_map)
    try:
        result = _edit(request, options.t0 == AUTO, session_for(options))
    except JobFailed as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT if error.code in CODES_OF_WRONG_INPUT else FAILED
    _write(options, guide, opacity_of(guide, mask, t0_map), result, request.guide.bounds)
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


def _check_targets(options: argparse.Namespace, guide: PIL.Image.Image) -> None:
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
    if options.compare is not None:
        check_target(options.compare, side_by_side([guide]))
        for other in (*targets, options.guide, options.mask, options.t0_map):
            if other is not None and _is_same(other, options.compare):
                raise WrongInput(
                    f"--compare would overwrite {other}.", "Give it a name of its own."
                )
    for what, path in (
        ("painting", options.guide),
        ("mask", options.mask),
        ("t0 map", options.t0_map),
    ):
        if path is not None and any(_is_same(path, target) for target in targets):
            raise WrongInput(f"--out would overwrite the {what} {path}.", "Give it another name.")


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _check_model(name: str) -> None:
    from backend.models.catalogue import list_models

    names = [model.name for model in list_models()]
    if names and name not in names:
        raise WrongInput(f"There is no model {name!r}.", f"The models here: {', '.join(names)}.")


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


def composed(
    guide: PIL.Image.Image, opacity: np.ndarray, result: Result, window: Bounds
) -> list[PIL.Image.Image]:
    """Each picture of the result, which covers ``window``, laid over the guide."""
    import numpy as np

    from backend.pictures.repaint import from_bgra, repaint

    pictures = []
    for picture in result.pictures:
        colours = np.zeros((guide.height, guide.width, 3), np.uint8)
        cut = colours[window.y : window.bottom, window.x : window.right]
        cut[...] = from_bgra(picture.data, (window.width, window.height))
        pictures.append(repaint(guide, colours, opacity))
    return pictures


def opacity_of(
    guide: PIL.Image.Image, mask: np.ndarray | None, t0_map: np.ndarray | None
) -> np.ndarray:
    """(H, W) uint8: how thickly a result lies over the guide."""
    import numpy as np

    opacity = np.full((guide.height, guide.width), 255, np.uint8) if mask is None else mask
    return opacity if t0_map is None else np.where(t0_map > 0, opacity, 0).astype(np.uint8)


def _write(
    options: argparse.Namespace,
    guide: PIL.Image.Image,
    opacity: np.ndarray,
    result: Result,
    window: Bounds,
) -> None:
    from backend.pictures.files import LOSSY_FORMATS, kind_for, write_picture
    from backend.pictures.side_by_side import side_by_side

    pictures = composed(guide, opacity, result, window)
    for nth, (target, picture) in enumerate(zip(_targets(options), pictures, strict=True)):
        which = {"picture": nth + 1} if len(pictures) > 1 else {}
        recipe = {**result.recipe, **which}
        write_picture(target, picture, "" if options.no_recipe else recipe_text(recipe))
    if (opacity == 0).any() and kind_for(options.out).format in LOSSY_FORMATS:
        print(
            "A JPEG file changes every pixel a little; with .png the rest stays exact.",
            file=sys.stderr,
        )
    if options.compare is not None:
        write_picture(options.compare, side_by_side([guide, *pictures]))
