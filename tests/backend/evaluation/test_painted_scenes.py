"""The example that paints rough scenes: it runs, and what it paints is rough."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from PIL import Image

from backend.paths import ROOT


def test_the_example_paints_six_rough_scenes(tmp_path):
    subprocess.run(
        [sys.executable, str(ROOT / "examples" / "paint_scenes.py"), str(tmp_path / "scenes")],
        check=True,
        timeout=60,
    )

    paths = sorted((tmp_path / "scenes").iterdir())
    assert [path.stem for path in paths] == [
        "desert",
        "forest-edge",
        "mountains",
        "river",
        "sea",
        "snow",
    ]
    for path in paths:
        with Image.open(path) as file:
            assert (file.mode, file.size) == ("RGB", (720, 432))
            pixels = np.asarray(file, int)
        is_edge = (np.diff(pixels, axis=1) != 0).any(axis=2)
        assert 0.001 < is_edge.mean() < 0.1  # strokes, and flat within them
