"""`sdedit edit`: one picture file in, one out, with a backend of its own."""

from __future__ import annotations

import argparse
import os
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from backend.cli.outcomes import FAILED, OK, WRONG_INPUT, WrongInput
from protocol.bounds import Bounds, context_window
from protocol.errors import JobFailed
from protocol.images import MASK, Image, PixelFormat
from protocol.messages import EditRequest

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image

NAME = "edit"
HELP = "Turn a rough picture into a believable one."

CODES_OF_WRONG_INPUT = ("invalid-value", "unknown-model", "pixel-format")
"""Failures of a job that another command line would cure."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    default = {item.name: item.default for item in EditRequest.__dataclass_fields__.values()}
    parser.add_argument("guide", type=Path, metavar="GUIDE", help="the picture to start from")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="OUT",
        help="where to write the result; its suffix (.png, .jpg, …) chooses the kind of file",
    )
    parser.add_argument(
        "--mask",
        type=Path,
        metavar="MASK",
        help="a picture of the guide's size; only where it is white may the guide change",
    )
    parser.add_argument(
        "--t0",
        type=float,
        default=default["t0"],
        help="above 0, up to 1: small is faithful, large is realistic (default: %(default)s)",
    )
    parser.add_argument(
        "--steps",
        type=int,
        default=default["steps"],
        help="network evaluations; finer scales of a large picture add half as many each "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=default["seed"],
        help="another number makes another picture (default: %(default)s)",
    )
    parser.add_argument(
        "--model", default=default["model"], help="see 'sdedit models' (default: %(default)s)"
    )
    parser.add_argument(
        "--sampler",
        default=default["sampler"],
        help="em, ancestral, sde-dpmpp-2m, sde-dpmpp-2m-corrected or ode (default: %(default)s)",
    )
    parser.add_argument(
        "--compare", type=Path, metavar="FILE", help="also write guide and result side by side"
    )
    parser.add_argument(
        "--device", default="auto", help="auto, cpu, mps, cuda:0, … (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> int:
    from backend.pictures.files import PictureFileError, read_mask, read_picture

    try:
        guide = read_picture(options.guide)
        mask = None if options.mask is None else read_mask(options.mask, guide.size)
        _check_targets(options, guide)
    except PictureFileError as error:
        raise WrongInput(error.sentence, error.hint) from error
    _check_model(options.model)
    request = make_request(options, guide, mask)
    try:
        colours, seconds = _edit(request, options.device, guide.size)
    except JobFailed as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT if error.code in CODES_OF_WRONG_INPUT else FAILED
    _write(options, guide, mask, colours)
    print(f"Wrote {options.out} ({seconds:.1f} s).")
    return OK


def make_request(
    options: argparse.Namespace, guide: PIL.Image.Image, mask: np.ndarray | None
) -> EditRequest:
    """The edit of the options: of the whole guide, or of a window around what may change.

    Raises InvalidValue for a number out of range, WrongInput for a mask without white.
    """
    from backend.pictures.repaint import to_bgra

    canvas = Bounds(0, 0, *guide.size)
    window = canvas
    mask_image = None
    if mask is not None:
        rows, columns = mask.any(axis=1).nonzero()[0], mask.any(axis=0).nonzero()[0]
        if not len(rows):
            raise WrongInput(
                f"The mask {options.mask} has no white, so nothing may change.",
                "Paint white where the picture may change.",
            )
        left, top = int(columns[0]), int(rows[0])
        area = Bounds(left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)
        window = context_window(area, canvas)
        cut = mask[window.y : window.bottom, window.x : window.right]
        mask_image = Image(window, MASK, cut.tobytes())
    box = (window.x, window.y, window.right, window.bottom)
    return EditRequest(
        job_id=uuid.uuid4().hex,
        guide=Image(window, PixelFormat(), to_bgra(guide.crop(box))),
        canvas_width=canvas.width,
        canvas_height=canvas.height,
        mask=mask_image,
        model=options.model,
        t0=options.t0,
        steps=options.steps,
        seed=options.seed,
        sampler=options.sampler,
        previews=False,
    )


def _check_targets(options: argparse.Namespace, guide: PIL.Image.Image) -> None:
    """See, before any work, that everything can be written and nothing else is overwritten."""
    from backend.pictures.files import check_target
    from backend.pictures.side_by_side import side_by_side

    check_target(options.out, guide)
    if options.compare is not None:
        check_target(options.compare, side_by_side(guide, guide))
        for other in (options.out, options.guide, options.mask):
            if other is not None and os.path.realpath(other) == os.path.realpath(options.compare):
                raise WrongInput(
                    f"--compare would overwrite {other}.", "Give it a name of its own."
                )
    if os.path.realpath(options.guide) == os.path.realpath(options.out):
        raise WrongInput(
            f"--out would overwrite the painting {options.guide}.", "Give it another name."
        )
    if options.mask is not None and os.path.realpath(options.mask) == os.path.realpath(options.out):
        raise WrongInput(f"--out would overwrite the mask {options.mask}.", "Choose another name.")


def _check_model(name: str) -> None:
    from backend.models.catalogue import list_models

    names = [model.name for model in list_models()]
    if names and name not in names:
        raise WrongInput(f"There is no model {name!r}.", f"The models here: {', '.join(names)}.")


def _edit(request: EditRequest, device: str, size: tuple[int, int]) -> tuple[np.ndarray, float]:
    """The result's colours over the whole guide, (H, W, 3), and the seconds it took."""
    import numpy as np

    from backend.cli.progress_line import ProgressLine
    from backend.local import LocalBackend
    from backend.pictures.repaint import from_bgra

    line = ProgressLine()
    try:
        with LocalBackend(device) as backend:
            result = backend.edit(request, line.show)
    finally:
        line.end()
    window = request.guide.bounds
    colours = np.zeros((size[1], size[0], 3), np.uint8)
    cut = colours[window.y : window.bottom, window.x : window.right]
    cut[...] = from_bgra(result.picture.data, (window.width, window.height))
    return colours, result.seconds


def _write(
    options: argparse.Namespace,
    guide: PIL.Image.Image,
    mask: np.ndarray | None,
    colours: np.ndarray,
) -> None:
    import numpy as np

    from backend.pictures.files import LOSSY_FORMATS, kind_for, write_picture
    from backend.pictures.repaint import repaint
    from backend.pictures.side_by_side import side_by_side

    everywhere = np.full(colours.shape[:2], 255, np.uint8)
    result = repaint(guide, colours, everywhere if mask is None else mask)
    write_picture(options.out, result)
    if mask is not None and kind_for(options.out).format in LOSSY_FORMATS:
        print(
            "A JPEG file changes every pixel a little; with .png the rest stays exact.",
            file=sys.stderr,
        )
    if options.compare is not None:
        write_picture(options.compare, side_by_side(guide, result))
