"""Makes ten ink drawings of photographs, as ten pictures in one hand to fine-tune a model on.

    python examples/ink_drawings.py PHOTOGRAPHS OUT
    sdedit train OUT --out ink --from landscape --minutes 10
    sdedit edit backend/samples/painting.png --out ink.png --model ink --t0 0.55

docs/training.md shows what comes of it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

SUBJECTS = (
    *("badlands", "beach", "canyon", "desert", "fog"),
    *("forest", "hills", "mountain", "sea", "snow"),
)
INK = np.array([28, 44, 78]) / 255
PAPER = np.array([226, 220, 200]) / 255
WASH = 0.35
"""How much of the photograph's own colours is left on the paper."""
HATCH_PX = 6


def ink_drawing(photograph: Image.Image) -> Image.Image:
    """Hatched once where it is dark, crosswise where it is darkest."""
    photograph = photograph.convert("RGB").filter(ImageFilter.MedianFilter(7))
    light = np.asarray(photograph.convert("L")) / 255
    y, x = np.mgrid[: light.shape[0], : light.shape[1]]
    once, crosswise = (np.sin(2 * np.pi * way / HATCH_PX) / 2 for way in (x + y, x - y))
    strokes = np.clip(4 * (0.55 - light) + once, 0, 1) + np.clip(
        5 * (0.3 - light) + crosswise, 0, 1
    )
    ink = 0.9 * np.clip(strokes, 0, 1)[..., None]
    paper = WASH * np.asarray(photograph) / 255 + (1 - WASH) * PAPER
    return Image.fromarray((255 * (paper * (1 - ink) + INK * ink)).round().astype(np.uint8))


def main() -> None:
    photographs, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    for subject in SUBJECTS:
        with Image.open(photographs / f"{subject}0.jpg") as photograph:
            ink_drawing(photograph).save(out / f"{subject}.png")


if __name__ == "__main__":
    main()
