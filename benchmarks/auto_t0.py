"""How near a proposed t0 comes to what a full sweep finds, on photographs made into strokes.

    python -m benchmarks.auto_t0 PHOTOGRAPHS [--pictures 12] [--side 128] [--steps 10]

Only photographs that the model was not trained on are used, their middle squares. Each is made into
strokes of 3 to 50 colours and edited at every t0 of SWEEP, from the same noise. Two things are then
known of it:

    knee    the least t0 at which three quarters are done of all that the results' realism rises
            (`t0_proposals.knee`, on all of the sweep in full edits instead of a few small ones)
    swd     how unlike the original photograph the result looks in its detail, at each t0

and the proposal is held against both, and beside it a t0 that is the same for all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from backend.evaluation.photographs import (
    find_photographs,
    read_photographs,
    spread,
    to_pixels,
)
from backend.evaluation.sliced_wasserstein import PatchLaw, pyramid_levels
from backend.models.calibration import SIGMAS, Calibration, Place, residuals
from backend.models.edit import Edit
from backend.models.loading import load_model
from backend.models.pixel_model import PixelModel
from backend.models.t0_proposals import knee, propose_t0
from backend.pictures.strokes import in_few_colours

COLOURS = (3, 6, 16, 30, 50)
SWEEP = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
FIXED = 0.45
"""What a request has for t0 when it names none."""


@dataclass(frozen=True)
class Finding:
    """Of one guide: knee of the sweep, proposal with its reason, swd at each t0 of the sweep."""

    knee: float
    proposed: float
    reason: str
    swd: tuple[float, ...]

    def excess(self, t0: float) -> float:
        """By which share swd is above the sweep's least, at any t0."""
        return float(np.interp(t0, SWEEP, self.swd)) / min(self.swd) - 1


def find(model: PixelModel, photograph: Tensor, guide: Tensor, steps: int) -> Finding:
    """photograph, guide: (3, H, W) uint8."""
    height, width = guide.shape[-2:]
    place, x = Place.whole(height, width), guide[None].float() / 127.5 - 1
    *_, last = model.edit(x, Edit(t0=SWEEP, steps=steps, seed=0))
    results = last.x0.clamp(-1, 1)
    calibration = Calibration.of(model.info.config)
    assert calibration is not None
    deviations = calibration.deviation(residuals(model, results, SIGMAS, place), SIGMAS).tolist()
    law = PatchLaw([photograph], pyramid_levels([photograph]))
    pictures = ((results + 1) * 127.5).round().to(torch.uint8).cpu()
    swd = tuple(float(np.mean(law.distances([picture]))) for picture in pictures)
    *_, step = propose_t0(model, x, place)
    assert step.proposal is not None
    return Finding(knee(SWEEP, deviations), step.proposal.t0, step.proposal.reason, swd)


def middle_square(pixels: Tensor) -> Tensor:
    side, width = pixels.shape[-2:]
    left = (width - side) // 2
    return pixels[..., left : left + side]


def row(name: str, findings: Sequence[Finding], same: float) -> str:
    """same: the t0 that would serve all guides best, to compare with."""
    knees = np.array([each.knee for each in findings])
    proposed = np.array([each.proposed for each in findings])
    excess = [
        100 * np.mean([each.excess(t0) for each, t0 in zip(findings, t0s)])
        for t0s in (proposed, knees, [FIXED] * len(knees))
    ]
    cells = [
        f"{knees.mean():.2f} ± {knees.std():.2f}",
        f"{proposed.mean():.2f} ± {proposed.std():.2f}",
        f"{np.abs(proposed - knees).mean():.3f}",
        f"{np.abs(same - knees).mean():.3f}",
        f"{np.abs(FIXED - knees).mean():.3f}",
        *(f"{each:.0f} %" for each in excess),
    ]
    return f"| {name} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--model", default="landscape")
    parser.add_argument("--pictures", type=int, default=12)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    torch.set_flush_denormal(True)
    model = load_model(options.model, "cpu")
    assert isinstance(model, PixelModel)
    paths = spread(find_photographs(options.photographs, held_out=True), options.pictures)
    photographs = read_photographs(paths, options.side, lambda _done, _of: None)
    squares = [middle_square(photograph.pixels) for photograph in photographs]
    found: dict[int, list[Finding]] = {}
    for colours in COLOURS:
        for photograph, square in zip(photographs, squares):
            strokes = to_pixels(in_few_colours(photograph.smoothed, colours))
            finding = find(model, square, middle_square(strokes), options.steps)
            found.setdefault(colours, []).append(finding)
        print(f"{colours} colours: {len(photographs)} guides", file=sys.stderr, flush=True)
    everything = [each for findings in found.values() for each in findings]
    same = float(np.median([each.knee for each in everything]))
    print(
        "| colours | knee | proposed | off by | one t0 for all is off by | 0.45 is off by "
        "| swd above its least: proposed | at the knee | at 0.45 |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for colours, findings in found.items():
        print(row(str(colours), findings, same))
    print(row("all", everything, same))
    correlation = np.corrcoef(*zip(*((each.knee, each.proposed) for each in everything)))[0, 1]
    print(f"\nCorrelation of knee and proposal: {correlation:.2f}; one t0 for all: {same:.2f}.")
    as_they_are = [find(model, square, square, options.steps) for square in squares]
    for name, findings in (("strokes", everything), ("the photographs themselves", as_they_are)):
        reasons = [each.reason for each in findings]
        counts = {reason: reasons.count(reason) for reason in sorted(set(reasons))}
        print(f"Reasons given for {name}: {counts}.")


if __name__ == "__main__":
    main()
