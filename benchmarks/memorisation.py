"""Whether a model repeats its training pictures: nearest crops of samples and of unseen pictures.

    python -m benchmarks.memorisation FOLDER_OF_LANDSCAPES [--model NAME] [--out PICTURE]

208 pictures can be learned by heart at a coarse scale. So whole compositions 64 px high, the
coarsest scale the network knows, are made from nothing but noise (t0 = 1) and from strokes of
held-out photographs (t0 = 0.6); each is compared with every training crop of its size at a stride
of 4 px, mirrored too. The same is measured for held-out photographs, which cannot have been
copied: samples that are much nearer to a training crop than those are memories.

Distance: root mean square over pixels and channels, in 1/255, after both crops have been brought
to mean 0, so that light or dark says nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from backend.models.edit import Edit
from backend.models.landscape import LandscapeModel
from backend.models.loading import load_landscape_model
from backend.pictures.strokes import simulate_strokes
from backend.training.corpus import find_pictures, is_held_out
from backend.training.landscapes import HELD_OUT

SIDE_PX, STRIDE_PX = 64, 4
SAMPLES, STEPS = 24, 30


def compositions(folder: Path) -> tuple[list[Image.Image], list[Image.Image]]:
    """Training and held-out pictures, SIDE_PX high."""
    sorted_out: tuple[list[Image.Image], list[Image.Image]] = ([], [])
    for path in find_pictures(folder):
        picture = Image.open(path).convert("RGB")
        width = round(picture.width * SIDE_PX / picture.height)
        small = picture.resize((width, SIDE_PX), Image.Resampling.LANCZOS)
        sorted_out[is_held_out(path, HELD_OUT)].append(small)
    return sorted_out


def crops(picture: Image.Image, stride: int) -> Tensor:
    """(N, 3 · 64 · 64) squares of a picture, in 1/255 and mean 0 each."""
    pixels = torch.from_numpy(np.array(picture, np.float32)).permute(2, 0, 1)
    squares = pixels.unfold(2, SIDE_PX, stride).permute(2, 0, 1, 3).flatten(1)
    return squares - squares.mean(dim=1, keepdim=True)


def nearest(queries: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """The distance of each query to its nearest known crop, and which that is."""
    distances = torch.cdist(queries, known, compute_mode="use_mm_for_euclid_dist")
    least, which = distances.min(dim=1)
    return least / queries.shape[1] ** 0.5, which


def sampled(model: LandscapeModel, guide: Image.Image, t0: float, seed: int) -> Image.Image:
    pixels = np.asarray(guide, np.float32)
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 127.5 - 1
    *_, last = model.edit(x, Edit(t0=t0, steps=STEPS, seed=seed))
    rgb = ((last.x0[0].clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return Image.fromarray(rgb.permute(1, 2, 0).cpu().numpy())


def row_of(name: str, distances: Tensor) -> str:
    low, middle, high = distances.quantile(torch.tensor([0.05, 0.5, 0.95])).tolist()
    return f"| {name} | {distances.min():.1f} | {low:.1f} | {middle:.1f} | {high:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("landscapes", type=Path)
    parser.add_argument("--model", default="landscape")
    parser.add_argument("--out", type=Path, help="the eight nearest samples above their crops")
    options = parser.parse_args()
    model = load_landscape_model(options.model, "cpu")
    training, held_out = compositions(options.landscapes)
    mirrored = [picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for picture in training]
    known = torch.cat([crops(picture, STRIDE_PX) for picture in [*training, *mirrored]])

    grey = Image.new("RGB", (SIDE_PX, SIDE_PX), (128, 128, 128))
    from_noise = [sampled(model, grey, 1.0, seed) for seed in range(SAMPLES)]
    strokes = [simulate_strokes(picture) for picture in held_out]
    from_strokes = [sampled(model, guide, 0.6, seed) for seed, guide in enumerate(strokes)]

    print(f"{len(known)} training crops; distance to the nearest:\n")
    print("| | least | 5 % | median | 95 % |\n|---|---|---|---|---|")
    sets = {
        "held-out photographs": held_out,
        "strokes of them": strokes,
        "samples from these strokes, t0 0.6": from_strokes,
        "samples from noise, t0 1": from_noise,
    }
    for name, pictures in sets.items():
        queries = torch.cat([crops(picture, SIDE_PX // 2) for picture in pictures])
        distances, which = nearest(queries, known)
        print(row_of(name, distances))
    if options.out:
        show(queries, known, distances, which).save(options.out)


def show(queries: Tensor, known: Tensor, distances: Tensor, which: Tensor) -> Image.Image:
    """The queries with the nearest crops, above those crops; both on a middle grey."""
    order = distances.argsort()[:8]
    rows = [
        torch.cat([*row.reshape(-1, 3, SIDE_PX, SIDE_PX)], dim=2)
        for row in (queries[order], known[which[order]])
    ]
    pixels = (torch.cat(rows, dim=1) + 128).clamp(0, 255).to(torch.uint8)
    return Image.fromarray(pixels.permute(1, 2, 0).numpy())


if __name__ == "__main__":
    main()
