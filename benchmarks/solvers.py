"""Error against network evaluations for every sampler; writes SOLVERS.md's figures and the plot.

    python -m benchmarks.solvers [SEEDS]

First on Gaussian data with a picture's spectrum, where SDEdit's law is known and a sampler's own
can be read off to rounding; then on the landscape model, against 200 evaluations. SEEDS (4) is how
many pictures each figure of the second part stands on. Needs matplotlib.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from backend.evaluation.speed.machine import processor
from backend.models.loading import load_model
from backend.models.pixel_model import View
from backend.sdedit.noise import CanvasNoise
from backend.sdedit.ode_t0 import ode_t0
from backend.sdedit.samplers import SDE_SAMPLERS, Sampler, sample_ode
from backend.sdedit.schedules import Schedule, VESchedule, log_uniform_sigmas, t_uniform_sigmas
from backend.sdedit.vp_schedules import DiscreteVPSchedule, linear_betas
from benchmarks.patch_distance import patch_distance
from benchmarks.shared_path import SharedPath
from benchmarks.solver_candidates import sample_ode_heun, sample_sde_parabola
from benchmarks.solver_plot import draw
from tests.backend.sdedit.gaussian import (
    PICTURE,
    Law,
    exact_law,
    exact_ode_law,
    relative_w2,
    sampled_law,
)

HERE = Path(__file__).parent
REPORT = HERE / "SOLVERS.md"
FIGURES = "## Figures"
PAINTING = HERE.parent / "backend" / "samples" / "painting.png"
PLOT = HERE.parent / "docs" / "images" / "solvers.png"

EVALUATIONS = (5, 10, 15, 20, 30, 50, 100)
MODEL_EVALUATIONS = EVALUATIONS[:-1]
REFERENCE_EVALUATIONS = 200
T0S = (0.3, 0.45, 0.6)
DATA_STD = 0.5
HEIGHT_PX, WIDTH_PX = 64, 104  # 64 is the coarsest scale that the landscape model knows

LANDSCAPE = VESchedule(0.02, 50)
SCHEDULES: dict[str, Schedule] = {
    "σ to 348": VESchedule(0.01, 348),
    "σ to 50": LANDSCAPE,
    "DDPM": DiscreteVPSchedule(linear_betas()),
}
LEFT_OUT: dict[str, Sampler] = {"(third order)": sample_sde_parabola}
FLOOR = "least σ alone"

Errors = dict[str, list[float]]
"""For each sampler, its error at each number of evaluations."""


def gaussian_errors(schedule: Schedule, t0: float) -> Errors:
    """Relative W2 to SDEdit's exact law, for each sampler on the grid of equal log sigma."""
    exact = exact_law(PICTURE, schedule.sigma(t0))
    errors = {}
    for name, sampler in (SDE_SAMPLERS | LEFT_OUT).items():
        errors[name] = [w2(sampler, schedule, t0, n, exact) for n in EVALUATIONS]
    own_t0 = ode_t0(schedule, t0, DATA_STD)
    errors["ode"] = [w2(sample_ode, schedule, own_t0, n, exact) for n in EVALUATIONS]
    # What no number of steps mends: the network knows no less noise than sigma_min.
    floor = relative_w2(exact_law(PICTURE, schedule.sigma(t0), schedule.sigma_min), exact)
    errors[FLOOR] = [floor] * len(EVALUATIONS)
    return errors


def ode_errors(schedule: Schedule, t0: float) -> Errors:
    """The solvers of the ODE, from its own t0, against the ODE's own exact law."""
    own_t0 = ode_t0(schedule, t0, DATA_STD)
    exact = exact_ode_law(PICTURE, schedule.sigma(own_t0), schedule.sigma_min)
    return {
        "ode": [w2(sample_ode, schedule, own_t0, n, exact) for n in EVALUATIONS],
        "(Heun)": [w2(sample_ode_heun, schedule, own_t0, (n + 1) // 2, exact) for n in EVALUATIONS],
    }


def w2(sampler: Sampler, schedule: Schedule, t0: float, steps: int, exact: Law) -> float:
    law = sampled_law(sampler, log_uniform_sigmas(schedule, t0, steps), PICTURE)
    return relative_w2(law, exact)


def grid_errors() -> Errors:
    """DDPM's schedule at t0 0.3: each sampler on both grids."""
    schedule, t0 = SCHEDULES["DDPM"], 0.3
    exact = exact_law(PICTURE, schedule.sigma(t0))
    grids = {"equal t": t_uniform_sigmas, "equal log σ": log_uniform_sigmas}
    return {
        f"{name}, {title}": [
            relative_w2(sampled_law(sampler, grid(schedule, t0, n), PICTURE), exact)
            for n in EVALUATIONS
        ]
        for name, sampler in SDE_SAMPLERS.items()
        for title, grid in grids.items()
    }


class Landscape:
    """The shipped model at work on the sample painting, small."""

    def __init__(self, seeds: int) -> None:
        self.model = load_model("landscape", "cpu")
        self.denoiser = self.model.denoiser(View(top=0, bottom=1, picture_height=HEIGHT_PX))
        self.seeds = range(seeds)
        with Image.open(PAINTING) as picture:
            small = picture.convert("RGB").resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.BOX)
        self.guide = torch.from_numpy(np.array(small)).permute(2, 0, 1)[None].float() / 127.5 - 1

    def sigmas(self, t0: float, steps: int) -> Tensor:
        return t_uniform_sigmas(self.model.schedule, t0, steps)

    def results(self, sampler: Sampler, t0: float, steps: int, first_seed: int = 0) -> Tensor:
        """One result for each seed; the same seed has the same path of noise at all `steps`."""
        counts = (*MODEL_EVALUATIONS, REFERENCE_EVALUATIONS)
        results = []
        for seed in self.seeds:
            noise = CanvasNoise(first_seed + seed, 0, 0, WIDTH_PX, HEIGHT_PX)
            path = SharedPath([self.sigmas(t0, n) for n in counts], noise)
            sigmas = self.sigmas(t0, steps)
            x = self.guide + sigmas[0].float() * noise(0)
            with torch.no_grad():
                *_, last = sampler(self.denoiser, x, sigmas, path.along(sigmas), None)
            results.append(last.x)
        return torch.cat(results)

    def errors(self, t0: float, say: Callable[[str], None]) -> Errors:
        """`patch_distance` to the results of 200 evaluations of the default sampler."""
        reference = self.results(SDE_SAMPLERS["sde-dpmpp-2m"], t0, REFERENCE_EVALUATIONS)
        errors = {}
        for name, sampler in (SDE_SAMPLERS | LEFT_OUT | {"ode": sample_ode}).items():
            say(f"landscape, t0 {t0}: {name}")
            start = ode_t0(self.model.schedule, t0, DATA_STD) if name == "ode" else t0
            errors[name] = [
                patch_distance(self.results(sampler, start, n), reference)
                for n in MODEL_EVALUATIONS
            ]
        others = self.results(
            SDE_SAMPLERS["sde-dpmpp-2m"], t0, REFERENCE_EVALUATIONS, first_seed=1000
        )
        errors["other seeds"] = [patch_distance(others, reference)] * len(MODEL_EVALUATIONS)
        return errors


def table(title: str, evaluations: Iterable[int], errors: Errors, digits: int = 4) -> str:
    """A Markdown table: a row for each sampler, a column for each number of evaluations."""
    head = [title, *map(str, evaluations)]
    rows = [[name, *(f"{value:.{digits}f}" for value in row)] for name, row in errors.items()]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    torch.set_num_threads(1)

    def say(what: str) -> None:
        print(what, file=sys.stderr, flush=True)

    gaussian = {
        (name, t0): gaussian_errors(schedule, t0)
        for name, schedule in SCHEDULES.items()
        for t0 in T0S
    }
    landscape = Landscape(seeds)
    model = {t0: landscape.errors(t0, say) for t0 in T0S}
    written_by_hand, _, _ = REPORT.read_text(encoding="utf-8").partition(FIGURES)
    parts = [
        written_by_hand.strip(),
        f"{FIGURES}\n\nMeasured on {processor()}, one thread, torch {torch.__version__}.",
        "### Gaussian data with a picture's spectrum: relative W2 to SDEdit's exact law",
        *(
            table(f"{name}, t0 {t0:g}", EVALUATIONS, errors)
            for (name, t0), errors in gaussian.items()
        ),
        "### The same, the ODE's solvers against the ODE's own law, from `ode_t0`",
        *(table(f"σ to 50, t0 {t0:g}", EVALUATIONS, ode_errors(LANDSCAPE, t0)) for t0 in T0S),
        "### The same, on DDPM's linear schedule: two grids",
        table("t0 0.3", EVALUATIONS, grid_errors()),
        f"### The landscape model: patch distance to {REFERENCE_EVALUATIONS} evaluations, "
        f"in parts of 255 ({seeds} seeds)",
        *(table(f"t0 {t0:g}", MODEL_EVALUATIONS, errors, 2) for t0, errors in model.items()),
    ]
    text = "\n\n".join(parts) + "\n"
    print(text)
    REPORT.write_text(text, encoding="utf-8")
    draw(PLOT, EVALUATIONS, gaussian, MODEL_EVALUATIONS, model)


if __name__ == "__main__":
    main()
