"""The options of `sdedit evaluate`, and the plan they make."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from backend.cli.outcomes import WrongInput
from protocol.errors import InvalidValue
from protocol.fields import check_of
from protocol.messages import EditRequest

if TYPE_CHECKING:
    from backend.evaluation.evaluation import Plan

T0S = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
PASTED_T0S = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
COLOURS = (3, 6, 16, 30, 50)
"""The paper's strokes, and those of its ablation."""
COLOURS_MOST = 256
PICTURES = 100
PICTURES_MOST = 100_000

Value = TypeVar("Value", int, float, str)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    default = {item.name: item.default for item in fields(EditRequest)}
    parser.add_argument(
        "folder", type=Path, help='photographs; "landscapes" fetches the shipped model\'s corpus'
    )
    parser.add_argument(
        "--held-out",
        action="store_true",
        help="only those photographs that 'sdedit train' keeps out of training on that folder",
    )
    parser.add_argument(
        "--reference",
        type=Path,
        metavar="FOLDER",
        help="photographs that realism is measured against (default: the evaluated ones)",
    )
    parser.add_argument(
        "--protocol",
        type=_list_of(str),
        metavar="NAMES",
        default=("strokes", "local", "compositing"),
        help="strokes, local, compositing, or some of them with commas between (default: all)",
    )
    parser.add_argument(
        "--model", default=default["model"], help="see 'sdedit models' (default: %(default)s)"
    )
    parser.add_argument(
        "--t0",
        type=_list_of(float),
        metavar="T0S",
        help=f"with commas between (default: {_joined(T0S)}; compositing: {_joined(PASTED_T0S)})",
    )
    parser.add_argument(
        "--colours",
        type=_list_of(int),
        default=COLOURS,
        metavar="COUNTS",
        help=f"of the simulated strokes, with commas between (default: {_joined(COLOURS)})",
    )
    parser.add_argument(
        "--height", type=int, metavar="PX", help="of the photographs (default: the model's own)"
    )
    parser.add_argument(
        "--pictures",
        type=int,
        default=PICTURES,
        help="use at most so many, spread over the folder (default: %(default)s)",
    )
    parser.add_argument(
        "--steps", type=int, default=default["steps"], help="(default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=default["seed"], help="(default: %(default)s)")
    parser.add_argument(
        "--sampler", default=default["sampler"], help="see 'sdedit edit' (default: %(default)s)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="for the table, the plot and contact sheets"
    )
    parser.add_argument(
        "--device", default="auto", help="auto, cpu, mps, cuda:0, … (default: %(default)s)"
    )


def make_plan(options: argparse.Namespace) -> Plan:
    """The options' settings. Raises InvalidValue or WrongInput, before anything is loaded."""
    for name, values in (
        ("t0", T0S if options.t0 is None else options.t0),
        ("colours", options.colours),
        ("protocol", options.protocol),
    ):
        if not values:
            raise WrongInput(f"{name} is empty; give at least one value.")
    checks = {item.name: check_of(item) for item in fields(EditRequest)}
    t0s = _ascending(T0S if options.t0 is None else options.t0)
    for t0 in t0s:
        checks["t0"]("t0", t0)
    for name in ("steps", "seed"):
        checks[name](name, getattr(options, name))
    for colours in options.colours:
        _check_whole("colours", colours, 1, COLOURS_MOST)
    _check_whole("pictures", options.pictures, 1, PICTURES_MOST)

    from backend.evaluation.evaluation import Plan
    from backend.evaluation.photographs import HEIGHT_LEAST, HEIGHT_MOST
    from backend.evaluation.protocols import PROTOCOLS
    from backend.sdedit.samplers import SAMPLERS

    if options.height is not None:
        _check_whole("height", options.height, HEIGHT_LEAST, HEIGHT_MOST)
    for name in options.protocol:
        _check_one_of("protocol", name, PROTOCOLS)
    _check_one_of("sampler", options.sampler, list(SAMPLERS))
    return Plan(
        protocols=tuple(name for name in PROTOCOLS if name in options.protocol),
        colours=_ascending(options.colours),
        t0s=t0s,
        pasted_t0s=PASTED_T0S if options.t0 is None else t0s,
        steps=options.steps,
        seed=options.seed,
        sampler=options.sampler,
    )


def _list_of(kind: type[Value]) -> Callable[[str], tuple[Value, ...]]:
    """A reader of values with commas between."""

    def read(text: str) -> tuple[Value, ...]:
        try:
            return tuple(kind(part.strip()) for part in text.split(",") if part.strip())
        except ValueError as error:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a list of numbers with commas between"
            ) from error

    return read


def _ascending(values: Sequence[Value]) -> tuple[Value, ...]:
    return tuple(sorted(set(values)))


def _joined(values: Sequence[Any]) -> str:
    return ",".join(map(str, values))


def _check_whole(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidValue(f"{name} is {value}; it must be a whole number {low}–{high}.")


def _check_one_of(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise InvalidValue(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")
