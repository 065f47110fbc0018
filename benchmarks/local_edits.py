"""Two edits of photographs that the shipped model never saw, before and after, for the docs.

    python -m benchmarks.local_edits FOLDER_OF_LANDSCAPES OUT_FOLDER [--model NAME]

A rock cut out of one photograph and pasted into the sea of another, blended in at a low t0; and a
snow-cap painted with two colours onto a dark mountain. Both are edited as Krita's selection is: in
the window around it, with every pixel outside as it was.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from backend.models.loading import load_model
from backend.models.model import Model
from backend.pictures.repaint import from_bgra, repaint, to_bgra
from backend.worker.job import run_edit
from protocol.bounds import Bounds, context_window
from protocol.images import MASK, PixelFormat
from protocol.images import Image as Pixels
from protocol.messages import EditRequest

ROCK_FROM, ROCK_INTO = "beach6.jpg", "sea5.jpg"
ROCK = [(378, 212), (392, 190), (408, 160), (424, 136), (438, 127), (446, 140), (458, 158)]
ROCK += [(474, 188), (490, 206), (470, 212), (420, 214)]
ROCK_MOVED_BY = (-190, 62)
SNOW_ON = "canyon4.jpg"
SUN, SHADE = (206, 210, 210), (140, 152, 158)
SNOW = (
    *((SUN, 9, line) for line in ([(518, 150), (540, 141)], [(540, 141), (574, 140)])),
    *((SUN, 7, line) for line in ([(546, 142), (534, 176)], [(536, 146), (516, 172)])),
    *((SUN, 6, line) for line in ([(560, 142), (556, 188)], [(552, 146), (546, 200)])),
    *((SUN, 4, line) for line in ([(522, 150), (500, 172)], [(532, 170), (522, 196)])),
    *((SHADE, 6, line) for line in ([(574, 141), (584, 166)], [(584, 160), (606, 184)])),
    *((SHADE, 5, line) for line in ([(570, 146), (572, 182)], [(580, 164), (588, 190)])),
)
"""Strokes of a brush: colour, width in pixels, line."""
SHOWN = {"compositing": (140, 155, 380, 315), "snow-cap": (440, 90, 680, 250)}
"""The part of the picture in the docs, twice as large."""
SEED, STEPS = 3, 20


def edited(model: Model, guide: Image.Image, area: Image.Image, t0: float) -> Image.Image:
    """The guide with only ``area`` (white = may change) edited, as Krita's plugin asks for it."""
    mask = np.asarray(area)
    left, top, right, bottom = area.getbbox() or (0, 0, 0, 0)
    canvas = Bounds(0, 0, *guide.size)
    window = context_window(Bounds(left, top, right - left, bottom - top), canvas)
    box = (window.x, window.y, window.right, window.bottom)
    request = EditRequest(
        "local",
        Pixels(window, PixelFormat(), to_bgra(guide.crop(box))),
        *guide.size,
        mask=Pixels(window, MASK, mask[box[1] : box[3], box[0] : box[2]].tobytes()),
        model=model.info.name,
        t0=t0,
        steps=STEPS,
        seed=SEED,
    )
    *_, last = run_edit(request, model)
    colours = np.zeros((guide.height, guide.width, 3), np.uint8)
    picture = from_bgra(last.results[0].data, (window.width, window.height))
    colours[box[1] : box[3], box[0] : box[2]] = picture
    return repaint(guide, colours, mask)


def drawn(size: tuple[int, int], shape: list[tuple[int, int]], soft_px: float) -> Image.Image:
    """A soft-edged selection of a shape."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).polygon(shape, fill=255)
    return mask.filter(ImageFilter.GaussianBlur(soft_px))


def grown(mask: Image.Image, pixels: int) -> Image.Image:
    return mask.filter(ImageFilter.MaxFilter(2 * pixels + 1)).filter(ImageFilter.GaussianBlur(3))


def paste_rock(folder: Path) -> tuple[Image.Image, Image.Image]:
    """The sea with a hard-edged rock pasted in, and the selection around it."""
    source, sea = (Image.open(folder / name).convert("RGB") for name in (ROCK_FROM, ROCK_INTO))
    cut = drawn(source.size, ROCK, 0.5)
    moved = Image.new("L", sea.size)
    moved.paste(cut, ROCK_MOVED_BY)
    rock = Image.new("RGB", sea.size)
    rock.paste(source, ROCK_MOVED_BY)
    return Image.composite(rock, sea, moved), grown(moved, 12)


def paint_snow(folder: Path) -> tuple[Image.Image, Image.Image]:
    """The mountain with broad strokes of snow on it, and the selection around them."""
    guide = Image.open(folder / SNOW_ON).convert("RGB")
    size = guide.size
    fine = 4  # times as large while it is painted, so that strokes have soft edges
    painted = guide.resize((size[0] * fine, size[1] * fine))
    strokes = Image.new("L", size)
    for colour, width, line in SNOW:
        points = [(x * fine, y * fine) for x, y in line]
        ImageDraw.Draw(painted).line(points, fill=colour, width=width * fine)
        for x, y in points:
            r = width * fine / 2
            ImageDraw.Draw(painted).ellipse((x - r, y - r, x + r, y + r), fill=colour)
        ImageDraw.Draw(strokes).line(line, fill=255, width=width)
    area = grown(strokes, 6)
    soft = painted.resize(size, Image.Resampling.LANCZOS)
    return Image.composite(soft, guide, area.point(lambda value: 255 if value else 0)), area


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("landscapes", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", default="landscape")
    options = parser.parse_args()
    model = load_model(options.model, "cpu")
    options.out.mkdir(parents=True, exist_ok=True)
    for name, make, t0s in (
        ("compositing", paste_rock, (0.25, 0.35)),
        ("snow-cap", paint_snow, (0.4, 0.55)),
    ):
        guide, area = make(options.landscapes)
        row = [guide, *(edited(model, guide, area, t0) for t0 in t0s)]
        left, top, right, bottom = SHOWN[name]
        size = 2 * (right - left), 2 * (bottom - top)
        whole = Image.new("RGB", (size[0] * len(row), size[1]))
        for place, picture in enumerate(row):
            shown = picture.crop(SHOWN[name]).resize(size, Image.Resampling.LANCZOS)
            said = f"t0 {t0s[place - 1]:g}" if place else "before"
            ImageDraw.Draw(shown).text(
                (6, 4), said, fill="white", stroke_width=1, stroke_fill="black"
            )
            whole.paste(shown, (place * size[0], 0))
        whole.save(options.out / f"{name}.jpg", quality=90)


if __name__ == "__main__":
    main()
