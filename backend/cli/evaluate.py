"""`sdedit evaluate`: SDEdit's own evaluation of a model, on any folder of photographs."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backend.cli.evaluate_options import add_arguments, make_plan
from backend.cli.outcomes import INTERRUPTED, OK, WrongInput
from backend.cli.progress_line import ProgressLine, time_left
from backend.paths import nearest_existing
from protocol.errors import SDEditError

if TYPE_CHECKING:
    from backend.evaluation.evaluation import Evaluation, Plan
    from backend.evaluation.kid import Inception
    from backend.evaluation.measurements import Measurements
    from backend.evaluation.photographs import Photograph
    from backend.models.model import Model

__all__ = ["HELP", "NAME", "add_arguments", "run"]

NAME = "evaluate"
HELP = "Measure how faithful and how realistic a model's edits of photographs are."


def run(options: argparse.Namespace) -> int:
    plan = make_plan(options)

    from backend.worker.memory import is_out_of_memory

    line = ProgressLine()
    try:
        return _evaluate(options, plan, line)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise SDEditError(
            "There was not enough memory.", "Choose a smaller --height or fewer --pictures."
        ) from error
    finally:
        line.end()


def _evaluate(options: argparse.Namespace, plan: Plan, line: ProgressLine) -> int:
    import torch

    from backend.evaluation.evaluation import Evaluation
    from backend.evaluation.measurements import Measurements
    from backend.evaluation.photographs import find_photographs
    from backend.evaluation.report import in_words
    from backend.models.devices import choose_device, device_in_words
    from backend.models.loading import load_model

    if options.out is not None:
        _check_folder(options.out)
    folder = _landscapes() if str(options.folder) == "landscapes" else options.folder
    paths = find_photographs(folder, held_out=options.held_out)
    reference_paths = None
    if options.reference is not None:
        reference_paths = find_photographs(options.reference, held_out=False)
    device = choose_device(options.device)[0]
    model = load_model(options.model, device)
    height = options.height or int(model.info.config["native_px"])
    photographs = _read(paths, options.pictures, height, line)
    reference = None
    if reference_paths is not None:
        reference = _read(reference_paths, options.pictures, height, line)
    inception, kid = _inception(model)
    evaluation = Evaluation(
        model,
        photographs,
        plan,
        reference=reference,
        inception=inception,
        on_edit=_progress(line, plan.edits(len(photographs))),
    )
    settings = {
        "model": f"{model.info.name} (weights {model.info.sha256[:12]})",
        "photographs": [photograph.name for photograph in photographs],
        "height": f"{height} px",
        "realism against": "the photographs themselves"
        if reference is None
        else f"{len(reference)} others, from {options.reference}",
        "sampler": f"{plan.sampler}, {plan.steps} steps, seed {plan.seed}",
        "KID": kid,
        "device": f"{device_in_words(device)}, torch {torch.__version__}",
    }
    for words in in_words(settings):
        print(words)
    title = f"Evaluation of the model {model.info.name!r}"
    measurements = Measurements(options.out, title, settings, has_kid=inception is not None)
    return _measure(evaluation, measurements, line)


def _measure(evaluation: Evaluation, measurements: Measurements, line: ProgressLine) -> int:
    """Show and keep every cell as it comes; what is measured stays if it is interrupted."""
    code, text = OK, ""
    try:
        for cell in evaluation.cells():
            text = measurements.add(cell)
            line.end()
            print(text, flush=True)
    except KeyboardInterrupt:
        line.end()
        code = INTERRUPTED
        measured = "what is above" if text else "nothing"
        print(f"Stopped; {measured} was measured.", file=sys.stderr)
    for sentence in measurements.finish():
        print(sentence)
    return code


def _read(paths: Sequence[Path], most: int, height: int, line: ProgressLine) -> list[Photograph]:
    from backend.evaluation.photographs import read_photographs, spread

    chosen = spread(paths, most)
    shown = _Seldom(lambda done, of: line.write(f"Reading photograph {done:.0f} of {of}."))
    photographs = read_photographs(chosen, height, shown)
    line.end()
    left_out = len(chosen) - len(photographs)
    if left_out:
        print(
            f"Left out {left_out} of {len(chosen)} pictures: damaged, or smaller than "
            f"{height} pixels in height.",
            file=sys.stderr,
        )
    return photographs


def _progress(line: ProgressLine, edits: int) -> Callable[[float], None]:
    began = time.monotonic()

    def show(done: float, of: int) -> None:
        left = (time.monotonic() - began) * (of - done) / done
        line.write(f"Edit {min(int(done) + 1, of)} of {of}, {time_left(left)}.")

    seldom = _Seldom(show)

    def on_edit(done: float) -> None:
        if done:
            seldom(done, edits)
        else:
            line.write("Measuring the photographs.")

    return on_edit


class _Seldom:
    """Calls a function at most once a second; once a minute where stderr is no terminal."""

    def __init__(self, show: Callable[[float, int], None]) -> None:
        self._show = show
        self._every_s = 1.0 if sys.stderr.isatty() else 60.0
        self._last = time.monotonic()

    def __call__(self, done: float, of: int) -> None:
        now = time.monotonic()
        if now - self._last >= self._every_s:
            self._last = now
            self._show(done, of)


def _inception(model: Model) -> tuple[Inception | None, str]:
    """Inception, if it is at hand, and what is to be said of KID."""
    from backend.evaluation.kid import Inception, InceptionMissing

    try:
        return Inception(model.device), "measured"
    except InceptionMissing as error:
        return None, f"left out, since {error} (docs/evaluation.md says how to get it)"


def _landscapes() -> Path:
    from backend.paths import default_home
    from backend.training.landscapes import fetch_landscapes

    here = Path("landscapes")
    return here if here.exists() else fetch_landscapes(default_home().folder / "corpus")


def _check_folder(folder: Path) -> None:
    """Raises WrongInput where no folder can be made, or nothing written into it."""
    there = nearest_existing(folder)
    if not there.is_dir():
        raise WrongInput(f"{there} is no folder.", "Choose another --out.")
    if not os.access(there, os.W_OK):
        raise WrongInput(
            f"Nothing can be written into the folder {there}.", "Choose another --out."
        )
