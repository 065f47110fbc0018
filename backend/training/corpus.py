"""A folder of pictures as a stream of training crops at every scale.

Pictures are kept in memory once, as uint8, no higher than MAX_HEIGHT. Every crop comes from the
picture resized, in the same step, to a random height: the network learns the scales between the
whole composition (64 px high) and the finest detail, and is told which one it sees.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from backend.models.landscape import COARSEST_PX, FINEST_PX
from backend.pictures.deep import has_transparency
from backend.pictures.files import DAMAGED, READ_FORMATS

MIN_HEIGHT, MAX_HEIGHT = COARSEST_PX, FINEST_PX
CROPS = ((64, 16, 0.75), (96, 7, 0.25))
"""(side in px, crops per batch, share of batches): each batch holds about 65 000 pixels."""

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"}
FILE_MOST_PIXELS = 2**28
"""Larger pictures are left out: decoded, one takes 800 MB."""
SPARED_FROM = 20
"""With fewer pictures than this, none is kept for measuring only."""


@dataclass(frozen=True)
class Batch:
    """Crops and where they come from.

    x0 (B, 3, S, S) float32 in [-1, 1]; log2_scale (B,) log2(360 / picture height);
    y (B, 1, S, 1) height in the picture, 0 at its top and 1 at its foot.
    """

    x0: Tensor
    log2_scale: Tensor
    y: Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(*(v.to(device) for v in (self.x0, self.log2_scale, self.y)))


def find_pictures(folder: Path) -> list[Path]:
    """All picture files below ``folder``, sorted by name."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())


def is_held_out(path: Path, named: Iterable[str]) -> bool:
    """Whether a picture is kept for measuring only: by name, else about one in twenty."""
    if named:
        return path.name in named
    return hashlib.sha256(path.name.encode("utf-8", "surrogateescape")).digest()[0] < 13


def split(paths: Sequence[Path], named: Iterable[str]) -> tuple[list[Path], list[Path]]:
    """Which pictures are trained on, and which are kept for measuring only.

    Those with one of the names are never trained on. Where none has, about one in twenty is kept,
    the same ones each time; of fewer than SPARED_FROM none is.
    """
    if any(path.name in named for path in paths):
        kept = [path for path in paths if is_held_out(path, named)]
    elif len(paths) >= SPARED_FROM:
        kept = [path for path in paths if is_held_out(path, ())]
    else:
        kept = []
    return [path for path in paths if path not in set(kept)], kept


def load_pictures(paths: Iterable[Path], max_height: int = MAX_HEIGHT) -> list[Image.Image]:
    """The pictures that can be trained on, as `load_picture` gives them."""
    loaded = (load_picture(path, max_height) for path in paths)
    return [picture for picture in loaded if picture is not None]


def load_picture(path: Path, max_height: int = MAX_HEIGHT) -> Image.Image | None:
    """A picture as RGB over white, upright, no higher than ``max_height``.

    None for what is damaged, has more than 8 bits a channel, or would be narrower or lower than
    MIN_HEIGHT.
    """
    try:
        with Image.open(path, formats=READ_FORMATS) as file:
            if file.width * file.height > FILE_MOST_PIXELS or file.mode.startswith(("I", "F")):
                return None
            file.draft(None, (2 * max_height, 2 * max_height))  # lets a JPEG decode at a fraction
            picture = _over_white(ImageOps.exif_transpose(file) or file)
    except DAMAGED:
        return None
    if picture.height > max_height:
        width = round(picture.width * max_height / picture.height)
        picture = picture.resize((max(1, width), max_height), Image.Resampling.LANCZOS)
    return picture if min(picture.size) >= MIN_HEIGHT else None


def _over_white(picture: Image.Image) -> Image.Image:
    if not has_transparency(picture):
        return picture.convert("RGB")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")


def random_crop(
    picture: Image.Image, side: int, generator: np.random.Generator, augment: bool = True
) -> tuple[np.ndarray, float, float, float]:
    """One crop (side, side, 3) uint8 at a random scale, with its height, top and bottom.

    The scale is log-uniform between the one where the crop spans the whole picture and the
    picture's own; a picture smaller than the crop is enlarged to it. Returns the crop, the resized
    picture's height in px, and the crop's upper and lower edge as fractions of that height.
    """
    smallest = max(MIN_HEIGHT, side, side * picture.height / picture.width)
    low, high = math.log(min(smallest, picture.height)), math.log(picture.height)
    height = math.exp(generator.uniform(low, high))
    window = min(side * picture.height / height, picture.width, picture.height)
    left = generator.uniform(0, picture.width - window)
    top = generator.uniform(0, picture.height - window)
    box = (left, top, left + window, top + window)
    crop = picture.resize((side, side), Image.Resampling.LANCZOS, box=box, reducing_gap=3)
    pixels = np.asarray(crop)
    if augment and generator.random() < 0.5:
        pixels = pixels[:, ::-1]
    height = side * picture.height / window
    return pixels, height, top / picture.height, (top + window) / picture.height


def make_batch(
    pictures: Sequence[Image.Image],
    side: int,
    count: int,
    generator: np.random.Generator,
    augment: bool = True,
) -> Batch:
    """``count`` crops of side ``side`` from random pictures; flipped and slightly graded."""
    crops, scales, heights = [], [], []
    for _ in range(count):
        picture = pictures[int(generator.integers(len(pictures)))]
        crop, height, top, bottom = random_crop(picture, side, generator, augment)
        crops.append(crop)
        scales.append(math.log2(MAX_HEIGHT / height))
        centres = (np.arange(side) + 0.5) / side
        heights.append(top + (bottom - top) * centres)
    x0 = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 127.5 - 1
    if augment:
        gain = 1 + 0.1 * torch.from_numpy(generator.uniform(-1, 1, (count, 1, 1, 1)))
        tint = 1 + 0.05 * torch.from_numpy(generator.uniform(-1, 1, (count, 3, 1, 1)))
        x0 = ((x0 + 1) * (gain * tint).float() - 1).clamp(-1, 1)
    y = torch.from_numpy(np.stack(heights)).float()[:, None, :, None]
    return Batch(x0.contiguous(), torch.tensor(scales, dtype=torch.float32), y)


def batches(
    pictures: Sequence[Image.Image], seed: int, larger: int = 1, threads: int | None = None
) -> Generator[Batch, None, None]:
    """Endless batches, made ahead of time in threads (Pillow's resize releases the GIL).

    ``larger`` multiplies the crops per batch, for devices that want more at once. threads: two,
    enough for a CPU that trains; with larger batches as many as there are cores, up to 16.
    """
    if threads is None:
        threads = 2 if larger == 1 else max(2, min(16, os.cpu_count() or 1))
    seeds = np.random.SeedSequence(seed)
    shares = np.array([share for _, _, share in CROPS])

    def make(child: np.random.SeedSequence) -> Batch:
        generator = np.random.default_rng(child)
        side, count, _ = CROPS[generator.choice(len(CROPS), p=shares / shares.sum())]
        return make_batch(pictures, side, count * larger, generator)

    with ThreadPoolExecutor(threads, thread_name_prefix="crops") as pool:
        ahead: list[Future[Batch]] = [pool.submit(make, s) for s in seeds.spawn(2 * threads)]
        while True:
            ahead.append(pool.submit(make, seeds.spawn(1)[0]))
            yield ahead.pop(0).result()
