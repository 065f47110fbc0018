"""The request of `sdedit edit`: its options, and how they and the pictures become one edit."""

from __future__ import annotations

import argparse
import uuid
from dataclasses import fields
from typing import TYPE_CHECKING

from backend.cli.decimals import decimal, reminder
from backend.cli.edit_sources import add_sources
from backend.cli.outcomes import WrongInput
from protocol.bounds import Bounds, context_window
from protocol.footprints import fitting_edge_px
from protocol.images import MASK, Image
from protocol.messages import VARIANTS_MAX, EditRequest, JobRequest, ProposeT0
from protocol.requests import FOOTPRINTS

if TYPE_CHECKING:
    import numpy as np

    from backend.cli.edit_sources import Sources

AUTO = "auto"
"""In place of a t0: the one that the backend proposes."""
SETTINGS = (
    *("model", "t0s", "steps", "seed", "sampler", "repeats", "variants", "ladder"),
    *("label", "prompt", "negative_prompt", "guidance_scale", "watermark", "footprint_of"),
)
"""Fields of the request that are options of the same name."""


def add_settings(parser: argparse.ArgumentParser) -> None:
    """The options that affect the picture."""
    default = {item.name: item.default for item in EditRequest.__dataclass_fields__.values()}
    add_sources(parser)
    parser.add_argument(
        "--footprint-of",
        choices=FOOTPRINTS,
        default=default["footprint_of"],
        help="strokes are repainted; of an object only the edge is, and it is blended in "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--edge",
        type=int,
        metavar="PX",
        help="how many pixels around a footprint may change (default: by its size)",
    )
    shown = "(default: %(default)s)"
    t0 = parser.add_mutually_exclusive_group()
    t0.add_argument(
        "--t0",
        type=_t0,
        default=default["t0"],
        help="above 0, up to 1: small is faithful, large is realistic; or auto, to let the model "
        f"look at the guide and choose {shown}",
    )
    t0.add_argument(
        "--t0s",
        type=_t0s,
        default=(),
        metavar="T0,T0,…",
        help=f"several t0, up to {VARIANTS_MAX}, of the same noise, made together; they are "
        "written as OUT-t0-0.25, …",
    )
    for name, kind, words in (
        (
            "--steps",
            int,
            f"network evaluations; finer scales of a large picture add half as many each {shown}",
        ),
        ("--seed", int, f"another number makes another picture {shown}"),
        (
            "--variants",
            int,
            f"pictures to make, up to {VARIANTS_MAX}, of this seed and the next ones; they are "
            f"written as OUT-1, OUT-2, … {shown}",
        ),
        ("--repeats", int, f"edit the result again, this many times in all {shown}"),
        ("--model", str, f"see 'sdedit models' {shown}"),
        (
            "--sampler",
            str,
            f"em, ancestral, sde-dpmpp-2m, sde-dpmpp-2m-corrected or ode {shown}",
        ),
    ):
        field = name[2:].replace("-", "_")
        parser.add_argument(name, type=kind, default=default[field], help=words)
    parser.add_argument(
        "--ladder",
        action="store_true",
        help="with --repeats, the picture after each of them, as OUT-1, OUT-2, …",
    )
    parser.add_argument(
        "--class",
        dest="label",
        default="",
        metavar="CLASS",
        help="for models that know classes: its number or name",
    )
    parser.add_argument("--prompt", default="", help="for models that take a text: what to show")
    parser.add_argument("--negative-prompt", default="", help="what not to show")
    parser.add_argument(
        "--guidance-scale",
        type=decimal,
        default=default["guidance_scale"],
        help="how strongly the prompt counts; 0 is the model's own default, 1 no guidance",
    )
    parser.add_argument(
        "--no-watermark",
        dest="watermark",
        action="store_false",
        help="leave out the invisible mark that says 'generated', which 'sdedit detect' finds",
    )


def make_request(options: argparse.Namespace, sources: Sources) -> EditRequest:
    """The edit of the options: of the whole guide, or of a window around what may change.

    Raises InvalidValue for a number out of range, WrongInput where nothing may change.
    """
    from backend.pictures.guides import profile_of, raw_image

    canvas = Bounds(0, 0, *sources.guide.size)
    area = _may_change(options, sources, canvas)
    settings = {name: getattr(options, name) for name in SETTINGS}
    if options.t0 != AUTO:
        settings["t0"] = options.t0
    if sources.footprint is not None:
        painted = _painted(sources.footprint)
        if painted.is_empty:
            raise WrongInput(f"Nothing is painted on {options.footprint}.", "Paint strokes there.")
        edge_px = options.edge
        if edge_px is None:
            edge_px = fitting_edge_px(options.footprint_of, painted)
        settings["edge_px"] = edge_px
        area = painted.grown(max(edge_px, 0)).intersection(area)
        if area.is_empty:
            raise WrongInput(
                f"What is painted on {options.footprint} lies where nothing may change.",
                "Paint elsewhere, or leave out the mask.",
            )
    window = context_window(area, canvas)

    def cut(grey: np.ndarray | None) -> Image | None:
        if grey is None:
            return None
        pixels = grey[window.y : window.bottom, window.x : window.right]
        return Image(window, MASK, pixels.tobytes())

    return EditRequest(
        job_id=uuid.uuid4().hex,
        guide=raw_image(sources.guide, window),
        canvas_width=canvas.width,
        canvas_height=canvas.height,
        mask=cut(sources.mask),
        t0_map=cut(sources.t0_map),
        footprint=cut(sources.footprint),
        profile=profile_of(sources.guide),
        previews=False,
        **settings,
    )


def asking_for_t0(request: EditRequest) -> ProposeT0:
    """The question which t0 would suit this edit."""
    shared = {item.name: getattr(request, item.name) for item in fields(JobRequest)}
    return ProposeT0(**shared | {"job_id": uuid.uuid4().hex})


def _t0(word: str) -> float | str:
    if word == AUTO:
        return AUTO
    try:
        return float(word)
    except ValueError:
        words = f"{word!r} is neither a number nor {AUTO}{reminder(word)}"
        raise argparse.ArgumentTypeError(words) from None


def _t0s(words: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in words.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words!r} are not numbers with commas between") from None


def _may_change(options: argparse.Namespace, sources: Sources, canvas: Bounds) -> Bounds:
    """What mask and t0 map let change. Raises WrongInput where that is nothing."""
    mask, t0_map = sources.mask, sources.t0_map
    may_change = mask if t0_map is None else t0_map if mask is None else t0_map * (mask > 0)
    if may_change is None:
        return canvas
    area = _painted(may_change)
    if area.is_empty:
        if t0_map is None:
            raise WrongInput(
                f"The mask {options.mask} has no white, so nothing may change.",
                "Paint white where the picture may change.",
            )
        raise WrongInput(
            f"The t0 map {options.t0_map} is black wherever the picture may change.",
            "Paint it grey or white there.",
        )
    return area


def _painted(grey: np.ndarray) -> Bounds:
    """What of a picture (H, W) is not 0."""
    rows, columns = grey.any(axis=1).nonzero()[0], grey.any(axis=0).nonzero()[0]
    if not len(rows):
        return Bounds(0, 0, 0, 0)
    left, top = int(columns[0]), int(rows[0])
    return Bounds(left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)
