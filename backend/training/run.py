"""One training from a folder of pictures to a model in the catalogue."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from backend.evaluation.strokes import simulate_strokes
from backend.models.catalogue import ModelInfo, find_model
from backend.models.landscape import LandscapeModel, save_model
from backend.training import landscapes
from backend.training.card import model_card
from backend.training.corpus import batches, find_pictures, is_held_out, load_pictures
from backend.training.train import Trainer, TrainingOptions, TrainingState, held_out_crops
from backend.worker.devices import device_in_words
from protocol.errors import SDEditError

NATIVE_PX = 128
SIGMA_MIN, SIGMA_MAX = 0.02, 20.0
"""The SDE that edits use: t0 0.3–0.6 then starts at sigma 0.16–1.26, the useful band of a model
whose pictures have a standard deviation of about 0.5."""
FINE_TUNING_RATE = 3e-4
SAMPLE_PX = 128


class TrainingError(SDEditError):
    """The pictures cannot be trained on."""

    code = "training"


@dataclass(frozen=True)
class Report:
    """Where a training is: its state, the seconds it has left, and the newest sample picture."""

    state: TrainingState
    seconds_left: float
    sample: Path


def train_model(
    folder: Path,
    name: str,
    home_models: Path,
    work: Path,
    options: TrainingOptions,
    device: torch.device,
    report: Callable[[Report], None],
    start_from: str = "",
    resume: bool = False,
    title: str = "",
    licence: str = "yours",
) -> ModelInfo:
    """Train on every picture below ``folder`` and put the model into ``home_models``/name.

    work: where checkpoint and sample pictures go. start_from: a model in the catalogue to
    fine-tune, at a lower learning rate. resume: continue the checkpoint in ``work``, if any.
    Raises TrainingError when the folder holds too few pictures.
    """
    paths = find_pictures(folder)
    is_shipped_corpus = sum(path.name in landscapes.HELD_OUT for path in paths) > 6
    named = landscapes.HELD_OUT if is_shipped_corpus else ()
    kept = [path for path in paths if is_held_out(path, named)]
    training = load_pictures([path for path in paths if path not in kept])
    if not training:
        raise TrainingError(
            f"There is no picture of at least 64×64 px in {folder}.",
            "Put PNG, JPEG, WebP, TIFF or BMP pictures there; ten are enough to adapt a model.",
        )
    # With too few pictures to spare one, figures come from the training pictures; the card says.
    measured = load_pictures(kept) or training[:12]
    work.mkdir(parents=True, exist_ok=True)
    start = find_model(start_from) if start_from else None
    if start is not None:
        network = start.config["network"]
        options = replace(
            options,
            widths=tuple(network["widths"]),
            blocks=network["blocks"],
            middle=network["middle"],
            learning_rate=FINE_TUNING_RATE,
        )
    trainer = Trainer(options, device, work, held_out_crops(measured))
    if start is not None:
        trainer.start_from(LandscapeModel.load(start, "cpu").network)
    if resume:
        trainer.resume()
    config: dict[str, Any] = {
        "name": name,
        "title": title or name,
        "licence": licence,
        "native_px": NATIVE_PX,
        "sigma_data": options.sigma_data,
        "sde": {"kind": "ve", "sigma_min": SIGMA_MIN, "sigma_max": SIGMA_MAX},
    }
    info = ModelInfo(name, config["title"], licence, home_models / name, config)
    sample = work / "sample.png"
    total = 60 * options.minutes
    for state in trainer.run(batches(training, seed=options.seed + trainer.state.step)):
        save_sample(LandscapeModel(info, trainer.average, str(device)), measured[0], sample)
        report(Report(state, max(0.0, total - state.seconds), sample))
    config["training"] = {
        "pictures": len(training),
        "held_out": sorted(path.name for path in kept),
        "steps": trainer.state.step,
        "minutes": round(trainer.state.seconds / 60, 1),
        "device": device_in_words(str(device)),
        "started_from": start_from,
        "finished": time.strftime("%Y-%m-%d"),
        "options": asdict(options),
        "curve": trainer.state.curve,
    }
    save_model(info.folder, trainer.average, config, model_card(config))
    return info


def save_sample(model: LandscapeModel, picture: Image.Image, path: Path) -> None:
    """Simulated strokes of ``picture`` beside what the model makes of them at t0 0.5."""
    width = max(1, round(picture.width * SAMPLE_PX / picture.height))
    strokes = simulate_strokes(picture.resize((width, SAMPLE_PX), Image.Resampling.LANCZOS))
    pixels = np.asarray(strokes, np.float32)
    guide = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 127.5 - 1
    for state in model.edit(guide, t0=0.5, steps=12, seed=0):
        x0 = state.x0
    result = ((x0[0].clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0)
    both = np.concatenate([np.asarray(strokes), result.cpu().numpy()], axis=1)
    Image.fromarray(both).save(path)
