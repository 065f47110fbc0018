"""Contact sheets of a model: each guide beside what it becomes at t0 0.3, 0.4, 0.5 and 0.6.

    python -m benchmarks.contact_sheets OUT_FOLDER [FOLDER_OF_LANDSCAPES] [--model NAME]

Guides are the six painted scenes of examples/paint_scenes.py and, where the folder of landscapes
is given, strokes of 6 and 16 colours simulated from photographs the model never saw. Of the scenes
1024 px wide only the middles are shown, pixel by pixel.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))
from paint_scenes import SCENES

from backend.models.edit import Edit
from backend.models.landscape import LandscapeModel
from backend.models.loading import load_model
from backend.pictures.strokes import simulate_strokes
from backend.training.corpus import find_pictures
from backend.training.landscapes import HELD_OUT

T0S = (0.3, 0.4, 0.5, 0.6)
SEED, STEPS = 7, 20  # steps as the docker opens
LARGE_PX, LARGE_SHOWN = 1024, (440, 440)
STROKES_FROM = ("mountain7.jpg", "water3.jpg", "forest2.jpg")


def edited(model: LandscapeModel, guide: Image.Image, t0: float) -> Image.Image:
    """One edit of the whole picture."""
    pixels = np.asarray(guide.convert("RGB"), np.float32)
    tensor = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 127.5 - 1
    for state in model.edit(tensor, Edit(t0=t0, steps=STEPS, seed=SEED)):
        x0 = state.x0
    rgb = ((x0[0].clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return Image.fromarray(rgb.permute(1, 2, 0).cpu().numpy())


def at_height(picture: Image.Image, height: int) -> Image.Image:
    width = round(picture.width * height / picture.height)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def sheet(
    model: LandscapeModel, guides: Sequence[Image.Image], shown: tuple[int, int] | None = None
) -> Image.Image:
    """A row for each guide: the guide, then its edits; of each only the middle, ``shown`` large."""
    width, height = shown or guides[0].size
    whole = Image.new("RGB", (width * (1 + len(T0S)), height * len(guides)))
    for row, guide in enumerate(guides):
        whole.paste(middle(guide, width, height), (0, row * height))
        for column, t0 in enumerate(T0S, start=1):
            print(f"guide {row + 1} of {len(guides)}, t0 {t0:g}", flush=True)
            picture = middle(edited(model, guide, t0), width, height)
            ImageDraw.Draw(picture).text(
                (6, 4), f"t0 {t0:g}", fill="white", stroke_width=1, stroke_fill="black"
            )
            whole.paste(picture, (column * width, row * height))
    return whole


def middle(picture: Image.Image, width: int, height: int) -> Image.Image:
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("landscapes", type=Path, nargs="?")
    parser.add_argument("--model", default="landscape")
    parser.add_argument("--large", action="store_true", help="also the scenes 1024 px wide")
    options = parser.parse_args()
    model = load_model(options.model, "cpu")
    options.out.mkdir(parents=True, exist_ok=True)
    scenes = [paint() for paint in SCENES.values()]
    sheet(model, [at_height(scene, 256) for scene in scenes]).save(
        options.out / "scenes-256.jpg", quality=90
    )
    if options.landscapes:
        photographs = [
            at_height(Image.open(path).convert("RGB"), 256)
            for path in find_pictures(options.landscapes)
            if path.name in HELD_OUT and path.name in STROKES_FROM
        ]
        for colours in (6, 16):
            guides = [simulate_strokes(photograph, colours) for photograph in photographs]
            sheet(model, guides).save(options.out / f"strokes-{colours}.jpg", quality=90)
    if options.large:
        large = [at_height(scene, round(LARGE_PX * scene.height / scene.width)) for scene in scenes]
        sheet(model, large, LARGE_SHOWN).save(options.out / "scenes-1024.jpg", quality=85)


if __name__ == "__main__":
    main()
