"""What ten pictures and ten minutes of training do to the shipped model, in a picture and figures.

    python -m benchmarks.ten_pictures FOLDER_OF_LANDSCAPES PICTURE [--minutes 10]

The ten are examples/ink_drawings.py's. PICTURE shows the sample painting and one of them; below,
the painting edited by the shipped model and by the one trained further. Prints the table of
docs/training.md: the PSNR of both denoisers on ink drawings of two photographs never trained on.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

import torch
from PIL import Image, ImageOps

from backend.models.landscape import LandscapeModel
from backend.models.loading import load_landscape_model
from backend.paths import ROOT
from backend.training.measuring import held_out_crops, held_out_psnr
from backend.training.options import TrainingOptions
from backend.training.run import Report, Training, train_model
from benchmarks.contact_sheets import at_height, edited
from examples.ink_drawings import SUBJECTS, ink_drawing

PAINTING = ROOT / "backend" / "samples" / "painting.png"
HELD_OUT_FROM = ("mountain7.jpg", "sea5.jpg")
SHOWN = "beach"
HEIGHT_PX, GAP_PX, T0 = 288, 6, 0.55


def drawing(landscapes: Path, name: str) -> Image.Image:
    with Image.open(landscapes / name) as photograph:
        return ink_drawing(photograph)


def fine_tuned(landscapes: Path, minutes: float, work: Path) -> LandscapeModel:
    pictures = work / "pictures"
    pictures.mkdir()
    for subject in SUBJECTS:
        drawing(landscapes, f"{subject}0.jpg").save(pictures / f"{subject}.png")
    where = work / "models", work / "training", TrainingOptions(minutes), torch.device("cpu")
    training = Training(pictures, "ink", *where, start_from="landscape")
    with contextlib.redirect_stdout(sys.stderr):
        info = train_model(training, print, report)
    assert info is not None
    return LandscapeModel.load(info, "cpu")


def report(report: Report) -> None:
    print(f"step {report.state.step}, {report.seconds_left:.0f} s left", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("landscapes", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    shipped = load_landscape_model("landscape", "cpu")
    with tempfile.TemporaryDirectory() as work:
        tuned = fine_tuned(options.landscapes, options.minutes, Path(work))
    with Image.open(PAINTING) as file:
        painting = at_height(file.convert("RGB"), HEIGHT_PX)
    ink = ImageOps.fit(drawing(options.landscapes, f"{SHOWN}0.jpg"), painting.size)
    shown = [painting, ink, *(edited(model, painting, T0) for model in (shipped, tuned))]
    across, down = painting.width + GAP_PX, HEIGHT_PX + GAP_PX
    whole = Image.new("RGB", (2 * across - GAP_PX, 2 * down - GAP_PX), "white")
    for place, picture in enumerate(shown):
        whole.paste(picture, (place % 2 * across, place // 2 * down))
    whole.save(options.picture, quality=88)

    crops = held_out_crops([drawing(options.landscapes, name) for name in HELD_OUT_FROM])
    trained = tuned.info.config["training"]
    later = f"after {trained['minutes']:g} minutes, {trained['steps']} steps"
    rows = {"landscape": shipped, later: tuned}
    for number, (name, model) in enumerate(rows.items()):
        psnr = held_out_psnr(model.network, crops, model.data_std, model.device)
        if not number:
            print("| PSNR in dB | " + " | ".join(f"σ {sigma}" for sigma in psnr) + " |")
            print("|---|" + "---|" * len(psnr))
        print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in psnr.values()) + " |")


if __name__ == "__main__":
    main()
