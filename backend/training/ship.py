"""Makes a trained landscape model the one that comes with the package.

    python -m backend.training.ship MODEL LANDSCAPES

MODEL is what `sdedit train LANDSCAPES --out MODEL` left in the catalogue. Its weights, description
and figures of training go into backend/models/landscape; the other sentences of the card are for
its author to read again, and `python -m benchmarks.retake` makes what else depends on the weights.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from backend.models.calibration import calibrate
from backend.models.catalogue import SHIPPED
from backend.models.landscape import LandscapeModel, save_model
from backend.models.loading import load_landscape_model
from backend.training.calibrating import calibration_pictures
from backend.training.card import loss_curve, training_in_words
from backend.training.errors import TrainingError
from backend.training.landscapes import HELD_OUT
from backend.training.markdown_blocks import with_block
from backend.training.run import how_edits_use_it, read_corpus

NAMED = {"name": "landscape", "title": "Landscapes", "licence": "CC-BY-SA-4.0"}


def ship(model: str, landscapes: Path, folder: Path = SHIPPED / NAMED["name"]) -> None:
    """Put the model into ``folder``, whose card has the blocks "training" and "loss curve".

    How edits use it is what `train` says today: the checkpoint of a long training may say what it
    said when that began. Raises TrainingError when the model was trained on held-out photographs.
    """
    trained = load_landscape_model(model, "cpu")
    training = trained.info.config["training"]
    if training["held_out"] != sorted(HELD_OUT):
        raise TrainingError(
            f"The model {model!r} was not trained with the 12 photographs held out on which the "
            "shipped model is measured.",
            "Train it with sdedit train landscapes.",
        )
    config = trained.info.config | NAMED | how_edits_use_it(trained.data_std)
    shipped = LandscapeModel(replace(trained.info, config=config), trained.network, "cpu")
    pictures = read_corpus(landscapes, print).training
    config["calibration"] = calibrate(shipped, calibration_pictures(pictures, shipped.native_px))
    card = (folder / "CARD.md").read_text(encoding="utf-8")
    card = with_block(card, "training", training_in_words(training))
    card = with_block(card, "loss curve", loss_curve(training))
    save_model(folder, trained.network, config, card)


if __name__ == "__main__":
    ship(sys.argv[1], Path(sys.argv[2]))
