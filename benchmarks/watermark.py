"""How often the invisible mark is found in edits, after what pictures go through, and where it is
not.

    python -m benchmarks.watermark PHOTOGRAPHS [EDITS] [MINUTES]

PHOTOGRAPHS: a folder of pictures. From strokes of each, edits are
made at several sizes and marked. For MINUTES the same is looked for in parts of the photographs
themselves. Prints the tables of docs/provenance.md.
"""

from __future__ import annotations

import io
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from backend.evaluation.photographs import find_photographs, spread
from backend.models.landscape import LandscapeModel
from backend.models.loading import load_landscape_model
from backend.pictures.pixels import rgb_over_white
from backend.pictures.repaint import from_bgra, to_bgra
from backend.pictures.shown import luma
from backend.pictures.strokes import simulate_strokes
from backend.provenance.detection import FOUND, find_mark
from backend.provenance.watermark import marked
from backend.worker.job import run_edit
from protocol import messages
from protocol.bounds import Bounds
from protocol.images import Image as RawImage
from protocol.images import PixelFormat

SIZES_PX = (256, 512, 1024)
SHARE = {256: 1.0, 512: 0.5, 1024: 0.25}
"""Of the edits: larger ones take long."""
T0S, STEPS, COLOURS = (0.25, 0.45), 8, 16


def main() -> None:
    folder = Path(sys.argv[1])
    edits = int(sys.argv[2]) if len(sys.argv) > 2 else 24
    minutes = float(sys.argv[3]) if len(sys.argv) > 3 else 10
    paths = find_photographs(folder, held_out=False)
    measure_edits(spread(paths, edits))
    measure_photographs(paths, minutes)


def measure_edits(paths: list[Path]) -> None:
    model = load_landscape_model("landscape", "cpu")
    scores: dict[tuple[str, int, float], list[float]] = defaultdict(list)
    losses: dict[tuple[int, float], list[tuple[float, float, float]]] = defaultdict(list)
    for size in SIZES_PX:
        for path in spread(paths, max(1, round(SHARE[size] * len(paths)))):
            for t0 in T0S:
                clean, mark = edited(model, photograph(path, size), t0)
                losses[size, t0].append(loss(clean, mark))
                scores["without the mark", size, t0].append(score(clean))
                for name, change in CHANGES.items():
                    scores[name, size, t0].append(score(change(mark)))
                print(f"{path.name}, {size} px, t0 {t0}", file=sys.stderr, flush=True)
    columns = [(size, t0) for t0 in T0S for size in SIZES_PX]
    print("| | " + " | ".join(f"{size} px, t0 {t0}" for size, t0 in columns) + " |")
    print("|---|" + "---:|" * len(columns))
    for name in ("without the mark", *CHANGES):
        cells = (cell(scores[name, size, t0]) for size, t0 in columns)
        print(f"| {name} | " + " | ".join(cells) + " |")
    for place, name in enumerate(("PSNR, dB", "mean ΔE", "largest ΔE of 99 %")):
        means = (np.mean([figures[place] for figures in losses[column]]) for column in columns)
        print(f"| {name} | " + " | ".join(f"{mean:.2f}" for mean in means) + " |")


def measure_photographs(paths: list[Path], minutes: float) -> None:
    """Scores of parts of photographs, of many sizes and scales."""
    chance = np.random.default_rng(0)
    found: dict[int, list[float]] = defaultdict(list)
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        with Image.open(paths[chance.integers(len(paths))]) as picture:
            whole = picture.convert("L")
        side = min(int(chance.choice([96, 128, 192, 256, 360])), *whole.size)
        x, y = (int(chance.integers(length - side + 1)) for length in whole.size)
        size = round(side * chance.choice([0.75, 1, 1.5, 2]))
        part = whole.crop((x, y, x + side, y + side)).resize((size, size), Image.Resampling.BICUBIC)
        found[min(512, 128 * (1 + size // 128))].append(score(part))
    print("| shorter side, px | pictures | mean | largest | found |")
    print("|---|---:|---:|---:|---:|")
    for most, values in sorted(found.items()):
        count = sum(value >= FOUND for value in values)
        print(
            f"| up to {most} | {len(values)} | {np.mean(values):.2f} | {max(values):.2f} | "
            f"{count} |"
        )
    every = np.array([value for values in found.values() for value in values])
    spread_of = every.std() * np.sqrt(6) / np.pi
    chance_of = 1 - np.exp(-np.exp(-(FOUND - every.mean()) / spread_of - np.euler_gamma))
    print(f"\n{len(every)} pictures; by a Gumbel distribution, {chance_of:.1e} reach {FOUND}.")


def photograph(path: Path, size: int) -> Image.Image:
    with Image.open(path) as picture:
        side = min(picture.size)
        square = picture.convert("RGB").crop((0, 0, side, side))
    return square.resize((size, size), Image.Resampling.LANCZOS)


def edited(
    model: LandscapeModel, picture: Image.Image, t0: float
) -> tuple[Image.Image, Image.Image]:
    """An edit of the picture's strokes, without the mark and with it."""
    small = picture.resize((256, 256), Image.Resampling.LANCZOS)  # strokes are as broad in it
    strokes = simulate_strokes(small, COLOURS).resize(picture.size, Image.Resampling.NEAREST)
    place = Bounds(0, 0, *picture.size)
    guide = RawImage(place, PixelFormat(), to_bgra(strokes))
    request = messages.EditRequest(
        "job", guide, *picture.size, t0=t0, steps=STEPS, previews=False, watermark=False
    )
    for step in run_edit(request, model):
        pictures = step.results
    result = rgb_over_white(pictures[0])
    mark = marked(result, rgb_over_white(guide), 0, 0)[0].permute(1, 2, 0).numpy()
    return (
        Image.fromarray(from_bgra(pictures[0].data, picture.size)),
        Image.fromarray(np.rint(mark * 127.5 + 127.5).astype(np.uint8)),
    )


def jpeg(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file)


def scaled(picture: Image.Image, scale: float) -> Image.Image:
    size = round(scale * picture.width), round(scale * picture.height)
    return picture.resize(size, Image.Resampling.BICUBIC)


def cut(picture: Image.Image, share: float) -> Image.Image:
    """A part of the picture with this share of its width and height, from no round place."""
    width, height = (round(share * length) for length in picture.size)
    return picture.crop((11, 5, 11 + width, 5 + height))


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda picture: picture,
    "JPEG 90": lambda picture: jpeg(picture, 90),
    "JPEG 75": lambda picture: jpeg(picture, 75),
    "JPEG 50": lambda picture: jpeg(picture, 50),
    "scaled by 0.5": lambda picture: scaled(picture, 0.5),
    "scaled by 0.75": lambda picture: scaled(picture, 0.75),
    "scaled by 1.5": lambda picture: scaled(picture, 1.5),
    "scaled by 2": lambda picture: scaled(picture, 2),
    "scaled by 0.5, JPEG 75": lambda picture: jpeg(scaled(picture, 0.5), 75),
    "half its width and height": lambda picture: cut(picture, 0.5),
    "the same, JPEG 75": lambda picture: jpeg(cut(picture, 0.5), 75),
}


def score(picture: Image.Image) -> float:
    return find_mark(luma(picture)).score


def cell(values: list[float]) -> str:
    """How many of how many were found, and the lowest score."""
    count = sum(value >= FOUND for value in values)
    return f"{count}/{len(values)} ({min(values):.1f}–{max(values):.1f})"


def loss(clean: Image.Image, mark: Image.Image) -> tuple[float, float, float]:
    """PSNR in dB, and the mean and 99 % of ΔE (CIE 1976) between them."""
    one, other = (np.asarray(picture, np.float64) for picture in (clean, mark))
    psnr = 10 * np.log10(255**2 / ((one - other) ** 2).mean())
    distance = np.sqrt(((_lab(one) - _lab(other)) ** 2).sum(-1))
    return float(psnr), float(distance.mean()), float(np.quantile(distance, 0.99))


def _lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of (…, 3) sRGB values 0–255."""
    unit = rgb / 255
    linear = np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    ratio = linear @ np.array(to_xyz).T / [0.9505, 1.0, 1.089]
    cube = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    x, y, z = np.moveaxis(cube, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


if __name__ == "__main__":
    main()
