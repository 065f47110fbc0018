"""`sdedit bench`: what an edit costs here, beside the bare network and beside other programs."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from backend.cli.outcomes import OK, WrongInput
from backend.cli.progress_line import ProgressLine
from backend.file_access import check_writable
from protocol.errors import InvalidValue, SDEditError
from protocol.fields import check_of
from protocol.limits import LIMITS
from protocol.messages import EditRequest

if TYPE_CHECKING:
    from backend.evaluation.speed.measurement import Measurement
    from backend.evaluation.speed.report import Report
    from backend.models.pixel_model import PixelModel

NAME = "bench"
HELP = "Measure an edit's speed and memory, beside other programs' loops on the same network."

SIZE, STEPS, ROUNDS = 256, 20, 5
ROUNDS_MOST = 1000
DDPM_MEASURED = 4
"""Evaluations in a turn: its forward takes seconds on a CPU, and a loop adds the same to each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="landscape", help="(default: %(default)s)")
    parser.add_argument(
        "--size", type=int, default=SIZE, metavar="PX", help="of the picture (default: %(default)s)"
    )
    parser.add_argument(
        "--steps", type=int, default=STEPS, help="network evaluations (default: %(default)s)"
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=ROUNDS,
        help="turns that each loop gets, one after the other (default: %(default)s)",
    )
    parser.add_argument(
        "--ddpm",
        action="store_true",
        help="also SDEdit's own network for 256 px (113.7M parameters, random weights)",
    )
    parser.add_argument(
        "--compile",
        action="store_true",
        help="let torch compile the networks first; on CUDA with CUDA graphs",
    )
    parser.add_argument(
        "--memory",
        type=int,
        action="append",
        metavar="PX",
        help="side of an edit whose peak memory to measure; may be given again (default: --size)",
    )
    parser.add_argument(
        "--device", default="auto", help="auto, cpu, mps, cuda:0, … (default: %(default)s)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE.md",
        help="write the report there, in place of an earlier one of the same machine",
    )


def run(options: argparse.Namespace) -> int:
    _check(options)

    from backend.evaluation.speed.report import with_section
    from backend.worker.memory import is_out_of_memory
    from backend.writing import write_whole

    line = ProgressLine()
    try:
        section = _report(options, line).markdown()
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise SDEditError("There was not enough memory.", "Choose a smaller --size.") from error
    finally:
        line.end()
    print(section, end="")
    if options.out is not None:
        there = options.out.read_text(encoding="utf-8") if options.out.exists() else ""
        write_whole(options.out, with_section(there, section).encode())
    return OK


def _check(options: argparse.Namespace) -> None:
    """Raise SDEditError for what cannot be measured, before anything is loaded."""
    checks = {item.name: check_of(item) for item in fields(EditRequest)}
    checks["steps"]("steps", options.steps)
    for name, value, most in (
        ("size", options.size, LIMITS.side_px),
        ("rounds", options.rounds, ROUNDS_MOST),
        *(("memory", side, LIMITS.side_px) for side in options.memory or ()),
    ):
        if not 1 <= value <= most:
            raise InvalidValue(f"{name} is {value}; it must be a whole number 1–{most}.")
    if options.out is not None:
        check_writable(options.out)

    from backend.evaluation.speed.measurement import HAS_DIFFUSERS

    if options.ddpm and not HAS_DIFFUSERS:
        raise WrongInput(
            "--ddpm needs the library diffusers, which is not installed.",
            "Run: python3 install.py --extras diffusers",
        )


def _report(options: argparse.Namespace, line: ProgressLine) -> Report:
    import torch

    from backend.evaluation.speed.machine import machine_in_words, software_in_words
    from backend.evaluation.speed.memory import is_told, peak_bytes_of_edit
    from backend.evaluation.speed.report import Report
    from backend.models.devices import choose_device

    device = choose_device(options.device)[0]
    measurements = [_measure(_pixel_model(options.model, device), options.steps, options, line)]
    if options.ddpm:
        from backend.evaluation.speed.ddpm_256 import random_ddpm_256

        measurements.append(
            _measure(random_ddpm_256(device), min(DDPM_MEASURED, options.steps), options, line)
        )
    peaks = {}
    for side in (options.memory or (options.size,)) if is_told(device) else ():
        line.write(f"Memory of an edit of {side} × {side} px")
        peaks[side] = peak_bytes_of_edit(options.model, side, device)
    return Report(
        machine_in_words(torch.device(device)),
        software_in_words(),
        options.rounds,
        measurements,
        peaks,
        peaks_of=options.model,
    )


def _pixel_model(name: str, device: str) -> PixelModel:
    from backend.models.loading import load_model
    from backend.models.pixel_model import PixelModel

    model = load_model(name, device)
    if not isinstance(model, PixelModel):
        raise WrongInput(
            f"The model {name!r} is not a model of pixels; no other loop here can run it.",
            "Choose another model; see 'sdedit models'.",
        )
    return model


def _measure(
    model: PixelModel, measured: int, options: argparse.Namespace, line: ProgressLine
) -> Measurement:
    from backend.evaluation.speed.measurement import HAS_DIFFUSERS, measure
    from backend.evaluation.speed.timing import Contender

    def on_turn(turn: int, contender: Contender) -> None:
        line.write(f"{model.info.name}, round {turn} of {options.rounds}: {contender.name}")

    line.write(f"{model.info.name}: one run of each loop")
    return measure(
        model,
        options.size,
        options.steps,
        options.rounds,
        measured=measured,
        with_diffusers=HAS_DIFFUSERS,
        compile_network=options.compile,
        on_turn=on_turn,
    )
