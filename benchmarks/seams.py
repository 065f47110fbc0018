"""Whether the borders of tiles show in an edit's result: gradients on them and off them.

    python -m benchmarks.seams

The sample painting at 768 × 512 px, edited in tiles of 256 px instead of 1024, and untiled. Prints
SPEED.md's table.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from backend.models.edit import Edit
from backend.models.landscape import LandscapeModel
from backend.models.loading import load_landscape_model
from backend.sdedit.tiles import tile_spans

PAINTING = Path(__file__).parent.parent / "backend" / "samples" / "painting.png"
WIDTH_PX, HEIGHT_PX = 768, 512
TILE_PX = 256
T0S = (0.3, 0.45, 0.6)
STEPS = 10


def main() -> None:
    model = load_landscape_model("landscape", "cpu")
    with Image.open(PAINTING) as file:
        picture = file.convert("RGB").resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.LANCZOS)
    guide = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None] / 127.5 - 1
    print("| t0 | on, untiled | on, tiled | off, untiled | off, tiled | tiled − untiled, most |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for t0 in T0S:
        whole = edited(model, guide, t0)
        tiled = edited(model, guide, t0, tile_px=TILE_PX)
        (on, off), (on_tiled, off_tiled) = gradients(model, whole), gradients(model, tiled)
        most = (tiled - whole).abs().max().item() * 127.5
        print(f"| {t0} | {on:.3f} | {on_tiled:.3f} | {off:.3f} | {off_tiled:.3f} | {most:.3f} |")


def edited(model: LandscapeModel, guide: Tensor, t0: float, *, tile_px: int = 1024) -> Tensor:
    model.tile_px = tile_px
    *_, last = model.edit(guide, Edit(t0=t0, steps=STEPS, seed=1))
    return last.x0


def gradients(model: LandscapeModel, x: Tensor) -> tuple[float, float]:
    """Mean |difference| of neighbours across the tiles' borders and anywhere else, / 255."""
    on, off = [], []
    for axis in (2, 3):
        length = x.shape[axis]
        steep = x.diff(dim=axis).abs().mean(dim=(0, 1, 5 - axis)) * 127.5
        is_border = torch.zeros(length - 1, dtype=torch.bool)
        for span in tile_spans(length, TILE_PX, model.tile_overlap_px, model.multiple):
            for place in (span.start - 1, span.stop - 1):
                if 0 <= place < length - 1:
                    is_border[place] = True
        on.append(steep[is_border])
        off.append(steep[~is_border])
    return torch.cat(on).mean().item(), torch.cat(off).mean().item()


if __name__ == "__main__":
    main()
