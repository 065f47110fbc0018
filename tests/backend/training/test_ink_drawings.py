"""The example that makes pictures to fine-tune on: it runs, and what it draws is ink on paper."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from PIL import Image

from backend.paths import ROOT
from examples.ink_drawings import SUBJECTS


def test_the_example_draws_ten_pictures_dark_blue_where_the_photograph_is_dark(tmp_path):
    across = np.linspace(0, 255, 96).round().astype(np.uint8)
    photograph = Image.fromarray(np.tile(across, (48, 1))).convert("RGB")
    for subject in SUBJECTS:
        photograph.save(tmp_path / f"{subject}0.jpg")

    script = str(ROOT / "examples" / "ink_drawings.py")
    subprocess.run([sys.executable, script, tmp_path, tmp_path / "ink"], check=True, timeout=60)

    drawings = sorted((tmp_path / "ink").iterdir())
    assert [path.stem for path in drawings] == sorted(SUBJECTS)
    with Image.open(drawings[0]) as file:
        pixels = np.asarray(file, int)
    dark, light = pixels[:, :16].mean(axis=(0, 1)), pixels[:, -16:].mean(axis=(0, 1))
    assert dark[2] > dark[0] + 20, "the ink is blue"
    assert light[0] > light[2] + 5, "the paper is yellow"
    assert light.min() > 180 > 100 > dark.max()
