"""What an edit's settings do to the shipped model's pictures, one setting changed at a time.

    python -m benchmarks.tuning PHOTOGRAPHS KEPT [--only TEXT …] [--defaults] [--side 256]

The photographs that the model never saw, their middle squares at 256 px (with --side at another
size; of 360 px and more, which is larger than they are, only two), each as strokes of 3, 6, 16 or
30 colours. Every setting edits all of them from the same noise. The results are kept in the folder
KEPT, as pictures to look at, and not made again: a sweep that was cut short goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from backend.evaluation.photographs import find_photographs, read_photographs, to_picture, to_pixels
from backend.evaluation.sliced_wasserstein import PatchLaw, pyramid_levels
from backend.models.edit import Edit
from backend.models.edit_plan import plan_edit
from backend.models.landscape import LandscapeModel
from backend.models.loading import load_landscape_model
from backend.models.pixel_model import View
from backend.pictures.faithfulness import rms
from backend.pictures.strokes import in_few_colours, smoothed
from backend.sdedit.coarse_to_fine import sdedit_coarse_to_fine
from backend.sdedit.denoisers import Denoiser
from backend.sdedit.noise import NoiseWeights
from backend.sdedit.scales import Refinement, Scale
from backend.sdedit.schedules import Grid, karras_sigmas, t_uniform_sigmas
from benchmarks.picture_figures import Looks, looks

COLOURS = (3, 6, 16, 30)
PHOTOGRAPHS_PX = 360
"""How high they are."""
LARGE_FROM = ("mountain7.jpg", "snow4.jpg")
GRIDS: dict[str, Grid] = {"log sigma": t_uniform_sigmas, "Karras": karras_sigmas}


@dataclass(frozen=True)
class Setting:
    """All that a sweep changes; the defaults are the model's and the docker's."""

    t0: float = 0.45
    steps: int = 20
    sampler: str = "sde-dpmpp-2m"
    repeats: int = 1
    grid: str = "log sigma"
    native_px: int = 256
    sigma_most: tuple[float, ...] = Refinement.sigma_most
    steps_share: float = Refinement.steps_share
    detail: float = Refinement.detail
    grey_noise: float = 1.05
    colour_noise: float = 0.7


DEFAULT = Setting()


@dataclass(frozen=True, eq=False)
class Example:
    """photograph, guide: (3, H, W) uint8."""

    photograph: Tensor
    guide: Tensor


def sweep() -> Iterator[Setting]:
    """For pictures up to 256 px."""
    for t0 in (0.45, 0.6):
        yield Setting(t0)
        for grey, colour in ((1, 1), (1, 0.7), (1, 0.5), (1.03, 0.7), (1.1, 0.7)):
            yield Setting(t0, grey_noise=grey, colour_noise=colour)
        yield Setting(t0, native_px=128)
    for sampler in ("sde-dpmpp-2m-corrected", "ancestral", "ode"):
        yield Setting(sampler=sampler)
    yield Setting(steps=16, sampler="sde-dpmpp-2m-corrected")
    for steps in (8, 12, 16, 30):
        yield Setting(steps=steps)
    yield Setting(grid="Karras")
    for t0 in (0.3, 0.4, 0.5):
        yield Setting(t0)
    yield Setting(repeats=2)


def large_sweep() -> Iterator[Setting]:
    """For pictures that are refined from smaller ones."""
    base = Setting(0.5)
    yield base
    yield replace(base, native_px=128)
    yield replace(base, native_px=768)
    yield replace(base, sigma_most=(0.45, 0.35, 0.3))
    yield replace(base, steps_share=0.25)
    yield replace(base, detail=0.05)


def edited(model: LandscapeModel, guide: Tensor, setting: Setting, seed: int) -> Tensor:
    """(3, H, W) uint8: the guide edited as `PixelModel.edit` does, but for what is changed."""
    composer = _Composer(model, setting)
    refinement = Refinement(setting.sigma_most, setting.steps_share, setting.detail)
    edit = Edit(
        t0=setting.t0,
        steps=setting.steps,
        seed=seed,
        repeats=setting.repeats,
        sampler=setting.sampler,
    )
    plan = plan_edit(composer, edit.window_of(guide[None]), edit, refinement)

    def denoiser_at(scale: Scale) -> Denoiser:
        return model.denoiser(View(0, 1, guide.shape[-2] / 2**scale.halvings))

    *_, last = sdedit_coarse_to_fine(
        denoiser_at,
        guide[None].float() / 127.5 - 1,
        plan.scales,
        seeds=plan.seeds,
        repeats=edit.repeats,
        sampler=edit.sampler,
        refinement=refinement,
        multiple=model.multiple,
        weights=NoiseWeights(setting.grey_noise, setting.colour_noise),
    )
    return ((last.x0[0].clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)


class _Composer:
    """The model as an edit's plan sees it, with a setting's size and grid."""

    def __init__(self, model: LandscapeModel, setting: Setting) -> None:
        self.native_px, self.grid = setting.native_px, GRIDS[setting.grid]
        self.schedule, self.data_std = model.schedule, model.data_std
        self.composes_at_native = model.composes_at_native


def examples(folder: Path, side: int) -> list[Example]:
    """The held-out photographs' middle squares and strokes of them."""
    height = min(side, PHOTOGRAPHS_PX)
    photographs = read_photographs(
        find_photographs(folder, held_out=True), height, lambda _done, _of: None
    )
    chosen = []
    for index, photograph in enumerate(photographs):
        if side > PHOTOGRAPHS_PX and photograph.name not in LARGE_FROM:
            continue
        pixels = photograph.pixels
        left = (pixels.shape[2] - height) // 2
        square = to_picture(pixels[..., left : left + height]).resize((side, side))
        strokes = in_few_colours(smoothed(square), COLOURS[index % len(COLOURS)])
        chosen.append(Example(to_pixels(square), to_pixels(strokes)))
    return chosen


class Judge:
    """Figures of sets of pictures, against the photographs they were made of."""

    def __init__(self, known: Sequence[Example]) -> None:
        self.known = known
        photographs = [example.photograph for example in known]
        self.law = PatchLaw(photographs, pyramid_levels(photographs))

    def figures(self, pictures: Sequence[Tensor]) -> dict[str, float]:
        found = [looks(p, example.photograph) for p, example in zip(pictures, self.known)]
        distances = [rms(p, example.guide) for p, example in zip(pictures, self.known)]
        names = Looks.__dataclass_fields__
        return {
            "rms": _mean(distances),
            "swd": _mean(self.law.distances(pictures)),
            **{name: _mean([getattr(each, name) for each in found]) for name in names},
        }


def results_of(
    model: LandscapeModel, known: Sequence[Example], setting: Setting, kept: Path
) -> tuple[list[Tensor], float]:
    """What the examples become, and the seconds for each: from the folder, if they are there."""
    side = known[0].guide.shape[-1]
    what = {"weights": model.info.config["sha256"][:12], "side": side, **asdict(setting)}
    path = kept / f"{side}-{name_of(setting).replace(', ', '-').replace(' ', '-')}.json"
    picture = path.with_suffix(".png")
    if path.exists():
        found = json.loads(path.read_text())
        if found["what"] == json.loads(json.dumps(what)):
            rows = to_pixels(Image.open(picture))
            return [*rows[:, side:].split(side, dim=2)], found["seconds"]
    began = time.perf_counter()
    results = [edited(model, e.guide, setting, seed) for seed, e in enumerate(known)]
    seconds = (time.perf_counter() - began) / len(results)
    pairs = [torch.cat([e.guide, result], dim=1) for e, result in zip(known, results)]
    to_picture(torch.cat(pairs, dim=2)).save(picture)
    path.write_text(json.dumps({"what": what, "seconds": seconds}))
    return results, seconds


def name_of(setting: Setting) -> str:
    """What of it is not the default, and t0."""
    changed = [f"t0 {setting.t0:g}"]
    for key, value in asdict(setting).items():
        if key != "t0" and value != getattr(DEFAULT, key):
            said = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            changed.append(f"{key} {said}")
    return ", ".join(changed)


def line(name: str, figures: dict[str, float], seconds: float | None = None) -> str:
    cells = [
        name,
        f"{figures['rms']:.1f}",
        f"{figures['swd']:.0f}",
        *(f"{figures[key]:.2f}" for key in ("ssim", "grain", "speckle", "mottling")),
        "–" if seconds is None else f"{seconds:.1f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photographs", type=Path)
    parser.add_argument("kept", type=Path)
    parser.add_argument("--only", nargs="*", default=[""], help="settings whose name has one of")
    parser.add_argument("--defaults", action="store_true", help="also where only t0 is changed")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--model", default="landscape")
    options = parser.parse_args()
    options.kept.mkdir(parents=True, exist_ok=True)
    model = load_landscape_model(options.model, "cpu")
    known = examples(options.photographs, options.side)
    judge = Judge(known)
    print("| | rms/255 | SWD·10³ | MS-SSIM | grain | speckle | mottling | s |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    print(line("photographs", judge.figures([e.photograph for e in known])))
    print(line("strokes", judge.figures([e.guide for e in known])), flush=True)
    for setting in large_sweep() if options.side > PHOTOGRAPHS_PX else sweep():
        is_default = replace(setting, t0=DEFAULT.t0) == DEFAULT
        asked_for = any(text in name_of(setting) for text in options.only)
        if asked_for or (options.defaults and is_default):
            results, seconds = results_of(model, known, setting, options.kept)
            print(line(name_of(setting), judge.figures(results), seconds), flush=True)


if __name__ == "__main__":
    main()
