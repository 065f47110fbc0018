"""Contact sheets of a model: each guide beside what it becomes at t0 0.3, 0.4, 0.5 and 0.6.

    python -m benchmarks.contact_sheets OUT_FOLDER FOLDER_OF_LANDSCAPES [--only SHEET …]

Guides are the six painted scenes of examples/paint_scenes.py, and strokes of 6 and 16 colours
simulated from photographs the model never saw. Of the scenes 1024 px wide only the middles are
shown, pixel by pixel. "noise-weights" has edits with even noise beside those with the model's own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from backend.models.edit import Edit
from backend.models.landscape import LandscapeModel
from backend.models.loading import load_landscape_model
from backend.pictures.strokes import simulate_strokes
from backend.sdedit.noise import EVEN
from examples.paint_scenes import SCENES

T0S = (0.3, 0.4, 0.5, 0.6)
SEED, STEPS = 7, 20  # steps as the docker opens
LARGE_PX, LARGE_SHOWN = 614, (440, 440)
"""Height of the large scenes, which are then 1024 px wide, and how much of each is shown."""
STROKES_FROM = ("forest2.jpg", "mountain7.jpg", "water3.jpg")
WEIGHED_T0 = 0.5


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
            picture = middle(edited(model, guide, t0), width, height)
            whole.paste(with_t0(picture, t0), (column * width, row * height))
    return whole


def weighed(model: LandscapeModel, guides: Sequence[Image.Image]) -> Image.Image:
    """A row for each guide: its edit with noise that is even, and with the model's weights."""
    width, height = guides[0].size
    whole = Image.new("RGB", (2 * width, height * len(guides)))
    own = model.noise_weights
    for column, model.noise_weights in enumerate((EVEN, own)):
        for row, guide in enumerate(guides):
            picture = with_t0(edited(model, guide, WEIGHED_T0), WEIGHED_T0)
            whole.paste(picture, (column * width, row * height))
    return whole


def with_t0(picture: Image.Image, t0: float) -> Image.Image:
    print(f"t0 {t0:g}", file=sys.stderr, flush=True)
    ImageDraw.Draw(picture).text(
        (6, 4), f"t0 {t0:g}", fill="white", stroke_width=1, stroke_fill="black"
    )
    return picture


def middle(picture: Image.Image, width: int, height: int) -> Image.Image:
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def painted(height: int, names: Iterable[str] = SCENES) -> list[Image.Image]:
    return [at_height(SCENES[name](), height) for name in names]


def strokes(landscapes: Path, colours: int) -> list[Image.Image]:
    paths = [landscapes / name for name in STROKES_FROM]
    photographs = [at_height(Image.open(path).convert("RGB"), 256) for path in paths]
    return [simulate_strokes(photograph, colours) for photograph in photographs]


SHEETS: dict[str, Callable[[LandscapeModel, Path], Image.Image]] = {
    "scenes-256": lambda model, _: sheet(model, painted(256)),
    "strokes-6": lambda model, landscapes: sheet(model, strokes(landscapes, 6)),
    "strokes-16": lambda model, landscapes: sheet(model, strokes(landscapes, 16)),
    "scenes-1024": lambda model, _: sheet(model, painted(LARGE_PX), LARGE_SHOWN),
    "noise-weights": lambda model, _: weighed(model, painted(512, ("snow", "forest-edge"))),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("landscapes", type=Path)
    parser.add_argument("--model", default="landscape")
    parser.add_argument("--only", nargs="+", choices=SHEETS, default=SHEETS, metavar="SHEET")
    options = parser.parse_args()
    model = load_landscape_model(options.model, "cpu")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        SHEETS[name](model, options.landscapes).save(options.out / f"{name}.jpg", quality=88)


if __name__ == "__main__":
    main()
