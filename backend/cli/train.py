"""`sdedit train`: a model from a folder of pictures."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.cli.decimals import decimal
from backend.cli.outcomes import INTERRUPTED, OK, WrongInput

if TYPE_CHECKING:
    from backend.training.run import Report

NAME = "train"
HELP = "Train a model on a folder of pictures, or fine-tune one on your own."

MINUTES_MOST = 100_000
SEED_MOST = 2**62


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, help='pictures; "landscapes" fetches the shipped corpus'
    )
    parser.add_argument("--out", required=True, metavar="NAME", help="name of the new model")
    parser.add_argument(
        "--minutes",
        type=decimal,
        default=60.0,
        help="how long in all, a resumed training's earlier minutes included (default: 60)",
    )
    parser.add_argument(
        "--from",
        dest="start_from",
        default="",
        metavar="MODEL",
        help="fine-tune this model instead of starting anew",
    )
    parser.add_argument("--resume", action="store_true", help="continue a training cut short")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:0, mps (default: auto)")
    parser.add_argument("--title", default="", help="what artists see (default: the name)")
    parser.add_argument("--licence", default="yours", help="licence of the weights")


def run(options: argparse.Namespace) -> int:
    _check(options)
    import torch

    from backend.models.devices import choose_device
    from backend.paths import default_home
    from backend.training.errors import TrainingError
    from backend.training.landscapes import fetch_landscapes
    from backend.training.options import LARGER_BATCHES, TrainingOptions
    from backend.training.run import Training, train_model

    home = default_home()
    device = torch.device(choose_device(options.device)[0])
    stop = StopRequest()
    try:
        folder = options.folder
        if str(folder) == "landscapes" and not folder.exists():
            folder = fetch_landscapes(home.folder / "corpus")
        if not folder.is_dir():
            raise WrongInput(f"There is no folder {folder}.", "Name a folder of pictures.")
        training = Training(
            folder,
            options.out,
            home.models,
            home.folder / "training" / options.out,
            TrainingOptions(
                minutes=options.minutes,
                seed=options.seed,
                larger_batches=LARGER_BATCHES.get(device.type, 1),
            ),
            device,
            start_from=options.start_from,
            resume=options.resume,
            title=options.title,
            licence=options.licence,
        )
        with stop:
            info = train_model(training, say, print_report, stop.is_asked)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise TrainingError(
            f"The training cannot go on ({where}{error.strerror}).",
            "Make room or choose another data folder with SDEDIT_HOME; then add --resume.",
        ) from error
    if info is None:
        say("Stopped; the checkpoint is saved. The same command with --resume continues from it.")
        return INTERRUPTED
    say(f"The model {info.name!r} is ready: {info.folder}")
    say(f"Try it: sdedit edit GUIDE.png --out OUT.png --model {info.name}")
    return OK


def _check(options: argparse.Namespace) -> None:
    """Raise WrongInput or UnknownModel for what cannot be trained with."""
    from backend.models.catalogue import NAME as MODEL_NAME
    from backend.models.catalogue import find_model, list_models

    if not MODEL_NAME.fullmatch(options.out):
        raise WrongInput(
            f"{options.out!r} cannot be a model's name.",
            "Use up to 64 letters, digits, dots, dashes and underscores.",
        )
    taken = next((info for info in list_models() if info.name == options.out), None)
    if taken is not None and not options.resume:
        raise WrongInput(
            f"There is a model called {options.out!r} already, in {taken.folder}.",
            "Choose another name, or remove that folder first.",
        )
    if options.start_from:
        find_model(options.start_from)
    if not 0 < options.minutes <= MINUTES_MOST:
        raise WrongInput(
            f"minutes is {options.minutes:g}; it must be more than 0 and at most {MINUTES_MOST}."
        )
    if not 0 <= options.seed <= SEED_MOST:
        raise WrongInput(f"seed is {options.seed}; it must be from 0 to {SEED_MOST}.")


class StopRequest:
    """Ctrl-C or a termination, as a wish to stop after the step at hand; the second one is obeyed.

    A context manager, for the main thread.
    """

    def __init__(self) -> None:
        self._is_asked = False
        self._before: dict[int, Any] = {}

    def is_asked(self) -> bool:
        return self._is_asked

    def __enter__(self) -> StopRequest:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, _number: int, _frame: object) -> None:
        self._is_asked = True
        self.__exit__()  # so that whoever will not wait can end it the usual way
        say("Stopping after this step.")


def say(sentence: str) -> None:
    print(sentence, flush=True)


def print_report(report: Report) -> None:
    """One line: steps, loss and time left; once measured, held-out PSNR and a sample too."""
    state, left = report.state, report.seconds_left
    time_left = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
    line = f"step {state.step}  loss {state.loss:.4f}  {time_left} left"
    if report.sample is not None:
        psnr = "  ".join(
            f"σ{k[5:]} {v:.2f}" for k, v in state.curve[-1].items() if k[:5] == "psnr_"
        )
        line += f"  PSNR {psnr} dB  {report.sample}"
    say(line)
