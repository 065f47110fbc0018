"""One training from a folder of pictures to a model in the catalogue."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from backend.models.calibration import calibrate
from backend.models.catalogue import ModelInfo, description_problem
from backend.models.devices import device_in_words
from backend.models.edit import Edit
from backend.models.landscape import KIND, LandscapeModel, save_model
from backend.models.loading import load_landscape_model
from backend.pictures.strokes import simulate_strokes
from backend.training.calibrating import calibration_pictures
from backend.training.card import model_card
from backend.training.checkpoint import TrainingState, read_checkpoint, saved_options
from backend.training.corpus import MIN_HEIGHT, batches, find_pictures, load_pictures, split
from backend.training.errors import TrainingError, UnusablePictures
from backend.training.landscapes import HELD_OUT
from backend.training.measuring import held_out_crops
from backend.training.options import TrainingOptions
from backend.training.train import Trainer, never

NATIVE_PX = 256
SIGMA_MIN, SIGMA_MAX = 0.02, 50.0
"""The SDE that edits use: t0 0.3–0.6 then starts at sigma 0.2–2.2. Below that flat strokes stay
flat, above it little of the composition is left."""
NOISE_WEIGHTS = {"grey": 1.05, "colour": 0.7}
"""A network of this size, trained for hours, takes noise along the colours for colour, and smooths
what it finds less noisy than it is told: both were weighed in benchmarks/TUNING.md."""
FINE_TUNING_RATE = 3e-4
SAMPLE_PX = 128
DESCRIBED = ("native_px", "sigma_data", "noise_weights", "sde")
PICTURES_MOST = 5000
"""Kept in memory, a picture takes about half a megabyte."""


@dataclass(frozen=True)
class Training:
    """Everything asked of one training.

    pictures: a folder. name: of the model, which is put into ``models``/name. work: the folder
    for checkpoint and samples. start_from: a model in the catalogue to fine-tune, at a lower
    learning rate. resume: go on from the checkpoint in ``work``, if there is one.
    """

    pictures: Path
    name: str
    models: Path
    work: Path
    options: TrainingOptions
    device: torch.device
    start_from: str = ""
    resume: bool = False
    title: str = ""
    licence: str = "yours"

    @property
    def checkpoint(self) -> Path:
        return self.work / "checkpoint.pt"


@dataclass(frozen=True)
class Report:
    """Where a training is: its state, the seconds it has left, and a sample picture just made."""

    state: TrainingState
    seconds_left: float
    sample: Path | None


@dataclass(frozen=True)
class Corpus:
    """Pictures to train on, pictures to measure on, and the names of those held out."""

    training: list[Image.Image]
    measured: list[Image.Image]
    held_out: list[str]


def train_model(
    training: Training,
    say: Callable[[str], None],
    report: Callable[[Report], None],
    is_stopped: Callable[[], bool] = never,
    measure_every_s: float | None = None,
) -> ModelInfo | None:
    """Train, and put the model into the catalogue's folder; None when it was stopped before.

    say: told in sentences what happens. Raises TrainingError when there is nothing to train on or
    the checkpoint is damaged, ModelError when the model to start from is, OSError when something
    cannot be written.
    """
    _check_description(training)
    training.work.mkdir(parents=True, exist_ok=True)
    training.models.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(training.pictures, say)
    trainer = make_trainer(training, corpus, say)
    config = _description(training, trainer.about)
    info = ModelInfo(
        config["name"], config["title"], config["licence"], training.models / training.name, config
    )
    model = LandscapeModel(info, trainer.average, str(training.device))
    total = 60 * training.options.minutes
    source = batches(
        corpus.training,
        seed=training.options.seed + trainer.state.step,
        larger=trainer.options.larger_batches,
    )
    with contextlib.closing(source):
        for state in trainer.run(source, is_stopped, measure_every_s):
            path = training.work / "samples" / f"step-{state.step:06}.png"
            sample = path if state.is_measured else None
            if sample is not None:
                save_sample(model, corpus.measured[0], sample)
            report(Report(state, max(0.0, total - state.seconds), sample))
    if trainer.state.seconds < total:
        return None
    config["training"] = {
        "pictures": len(corpus.training),
        "held_out": corpus.held_out,
        "steps": trainer.state.step,
        "minutes": round(trainer.state.seconds / 60, 1),
        "device": device_in_words(str(training.device)),
        "started_from": trainer.about["started_from"],
        "finished": time.strftime("%Y-%m-%d"),
        "options": asdict(trainer.options),
        "curve": trainer.state.curve,
    }
    say("Measuring what real pictures look like to it.")
    config["calibration"] = calibrate(model, calibration_pictures(corpus.training, model.native_px))
    save_model(info.folder, trainer.average, config, model_card(config))
    return replace(info, config=json.loads((info.folder / "model.json").read_bytes()))


def read_corpus(folder: Path, say: Callable[[str], None]) -> Corpus:
    """Read every picture below a folder. Raises UnusablePictures when there is none to train on."""
    paths = find_pictures(folder)
    if len(paths) > PICTURES_MOST:
        say(f"{len(paths)} pictures are more than fit in memory; {PICTURES_MOST} are used.")
        paths = [paths[i * len(paths) // PICTURES_MOST] for i in range(PICTURES_MOST)]
    say(f"Reading {_count(len(paths))} from {folder}.")
    training_paths, kept = split(paths, HELD_OUT)
    pictures, held_out = load_pictures(training_paths), load_pictures(kept)
    left_out = len(paths) - len(pictures) - len(held_out)
    if not pictures:
        if not paths:
            problem = f"There are no pictures in {folder}."
        elif not training_paths:
            problem = f"All pictures in {folder} are kept for measuring the shipped model."
        else:
            problem = (
                f"None of the {_count(len(paths))} in {folder} can be used: they are damaged, "
                f"have more than 8 bits a channel, or measure less than {MIN_HEIGHT} pixels."
            )
        raise UnusablePictures(
            problem, "Put PNG, JPEG, WebP, TIFF or BMP pictures there; ten are enough to adapt."
        )
    if left_out:
        say(
            f"{_count(left_out)} left out: damaged, more than 8 bits a channel, "
            f"or less than {MIN_HEIGHT} pixels."
        )
    say(f"{_count(len(pictures))} to train on, {len(held_out)} held out to measure on.")
    # With too few to spare one, figures come from the training pictures; the card says so.
    names = sorted(path.name for path in kept) if held_out else []
    return Corpus(pictures, held_out or pictures[:12], names)


def make_trainer(training: Training, corpus: Corpus, say: Callable[[str], None]) -> Trainer:
    """A trainer at its beginning, at another model's weights, or where the checkpoint left it."""
    saved = read_checkpoint(training.checkpoint) if training.resume else None
    crops = held_out_crops(corpus.measured)
    if saved is not None:
        options = replace(saved_options(saved), minutes=training.options.minutes)
        about = saved.get("about") or _about(options)
        trainer = Trainer(options, training.device, training.checkpoint, crops, about)
        trainer.resume(saved)
        state = trainer.state
        say(f"Continuing at step {state.step}, after {state.seconds / 60:.1f} minutes.")
        if state.seconds >= 60 * options.minutes:
            say("It has had its time; a larger --minutes would train it further.")
        return trainer
    if training.resume:
        say("There is no checkpoint to continue from; beginning anew.")
    options, about, start = training.options, _about(training.options), None
    if training.start_from:
        start = load_landscape_model(training.start_from, "cpu")
        options = replace(
            options,
            widths=start.network.widths,
            blocks=start.network.blocks,
            middle=start.network.middle_blocks,
            sigma_data=start.data_std,
            learning_rate=FINE_TUNING_RATE,
        )
        about = {key: start.info.config[key] for key in DESCRIBED if key in start.info.config}
        about["started_from"] = training.start_from
    trainer = Trainer(options, training.device, training.checkpoint, crops, about)
    if start is not None:
        trainer.start_from(start.network)
    if training.checkpoint.exists():
        older = training.checkpoint.with_name("checkpoint-before.pt")
        training.checkpoint.replace(older)
        say(
            f"Beginning anew. The checkpoint there was is kept as {older}, until training begins "
            f"anew once more; named {training.checkpoint.name} again, --resume goes on from it."
        )
    return trainer


def _about(options: TrainingOptions) -> dict[str, Any]:
    """What a new model is, to be kept in its checkpoints."""
    return how_edits_use_it(options.sigma_data) | {"started_from": ""}


def how_edits_use_it(sigma_data: float) -> dict[str, Any]:
    """What model.json says to edits of a model that is new."""
    return {
        "native_px": NATIVE_PX,
        "sigma_data": sigma_data,
        "noise_weights": NOISE_WEIGHTS,
        "sde": {"kind": "ve", "sigma_min": SIGMA_MIN, "sigma_max": SIGMA_MAX},
    }


def _description(training: Training, about: dict[str, Any]) -> dict[str, Any]:
    """model.json, without what `save_model` and the end of the training add."""
    named = {
        "kind": KIND,
        "name": training.name,
        "title": training.title or training.name,
        "licence": training.licence,
    }
    return named | {key: about[key] for key in DESCRIBED if key in about}


def _check_description(training: Training) -> None:
    """Raise TrainingError now if the catalogue would refuse the model in the end."""
    options = training.options
    network = {"widths": [*options.widths], "blocks": options.blocks, "middle": options.middle}
    problem = description_problem(_description(training, _about(options)) | {"network": network})
    if problem:
        raise TrainingError(f"A model cannot be described like that: {problem}")


def save_sample(model: LandscapeModel, picture: Image.Image, path: Path) -> None:
    """Simulated strokes of ``picture`` beside what the model makes of them at t0 0.5."""
    width = max(1, round(picture.width * SAMPLE_PX / picture.height))
    strokes = simulate_strokes(picture.resize((width, SAMPLE_PX), Image.Resampling.LANCZOS))
    pixels = np.asarray(strokes)
    guide = torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None] / 127.5 - 1
    *_, last = model.edit(guide, Edit(t0=0.5, steps=12, seed=0))
    result = ((last.x0[0].clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0)
    both = np.concatenate([pixels, result.cpu().numpy()], axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(both).save(path)


def _count(pictures: int) -> str:
    return f"{pictures} picture{'' if pictures == 1 else 's'}"
