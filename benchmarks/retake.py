"""Measures and draws again all that depends on the shipped model's weights.

    python -m benchmarks.retake LANDSCAPES [--only PART …] [--kept FOLDER]

LANDSCAPES: the folder of the 220 photographs. One part after the other; each is a program that also
runs alone. Pictures go to their places in docs/, tables into the Markdown, between the marks
``<!-- PART -->`` and ``<!-- end of PART -->``. A part that is done with these weights is not done
again: what it said is in KEPT. The sentences around the tables are for a person to read again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.cli.progress_line import time_left
from backend.models.catalogue import find_model
from backend.paths import ROOT, default_home
from backend.training.markdown_blocks import with_block
from backend.writing import write_whole

CARD, TUNING = "backend/models/landscape/CARD.md", "benchmarks/TUNING.md"


@dataclass(frozen=True)
class Part:
    """A program, as Python's arguments; the minutes it took on one core; where its table goes.

    {landscapes} and {kept} stand for folders. told: what it says on standard output belongs into
    this file of Markdown; "" for a program that writes its files itself.
    """

    name: str
    command: str
    minutes: float
    told: str = ""


def sheet(name: str, minutes: float) -> Part:
    command = f"-m benchmarks.contact_sheets docs/images {{landscapes}} --only {name}"
    return Part(name, command, minutes)


PARTS = (
    Part("psnr", "-m benchmarks.held_out_psnr {landscapes}", 0.2, CARD),
    Part("memorisation", "-m benchmarks.memorisation {landscapes}", 0.7, CARD),
    sheet("scenes-256", 2),
    sheet("strokes-6", 1),
    sheet("strokes-16", 1),
    Part("local-edits", "-m benchmarks.local_edits {landscapes} docs/images", 0.5),
    sheet("scenes-1024", 14),
    sheet("noise-weights", 1),
    Part(
        "evaluation",
        "-m backend evaluate {landscapes} --held-out --height 128 --steps 10 --out docs/evaluation",
        7,
    ),
    Part("auto-t0", "-m benchmarks.auto_t0 {landscapes}", 5, "benchmarks/AUTO_T0.md"),
    Part("watermark", "-m benchmarks.watermark {landscapes} 20 0", 8, "docs/provenance.md"),
    Part(
        "tuning-256",
        "-m benchmarks.tuning {landscapes} {kept}/tuning --only noise --defaults",
        9,
        TUNING,
    ),
    Part("tuning-128", "-m benchmarks.tuning {landscapes} {kept}/tuning --side 128", 4, TUNING),
    Part("denoised-bands", "-m benchmarks.denoised_bands {landscapes}", 0.6, TUNING),
    Part("seams", "-m benchmarks.seams", 1, "benchmarks/SPEED.md"),
    Part("solvers", "-m benchmarks.solvers", 10),
    Part(
        "ten-pictures",
        "-m benchmarks.ten_pictures {landscapes} docs/images/ten-pictures.jpg",
        12,
        "docs/training.md",
    ),
)


def retake(parts: Sequence[Part], landscapes: Path, kept: Path, root: Path = ROOT) -> list[str]:
    """Run the parts that have not been kept; returns the names of those that failed."""
    kept.mkdir(parents=True, exist_ok=True)
    left = [part for part in parts if not (kept / f"{part.name}.txt").exists()]
    failed, began, done = [], time.monotonic(), 0.0
    for number, part in enumerate(left, start=1):
        pace = (time.monotonic() - began) / done if done else 60.0  # seconds for a core's minute
        rest = time_left(pace * sum(each.minutes for each in left[number - 1 :]))
        say(f"{part.name}, part {number} of {len(left)}, {rest}")
        command = [word.format(landscapes=landscapes, kept=kept) for word in part.command.split()]
        ran = subprocess.run(
            [sys.executable, *command], cwd=root, stdout=subprocess.PIPE, text=True, check=False
        )
        done += part.minutes
        if ran.returncode:
            failed.append(part.name)
            continue
        if part.told:
            document = root / part.told
            text = with_block(document.read_text(encoding="utf-8"), part.name, ran.stdout)
            write_whole(document, text.encode())
        write_whole(kept / f"{part.name}.txt", ran.stdout.encode())
    return failed


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("landscapes", type=Path)
    parser.add_argument("--only", nargs="+", choices=[part.name for part in PARTS], metavar="PART")
    parser.add_argument("--kept", type=Path, default=default_home().folder / "retaken")
    options = parser.parse_args()
    parts = [part for part in PARTS if not options.only or part.name in options.only]
    kept = options.kept.absolute() / find_model("landscape").sha256[:12]
    failed = retake(parts, options.landscapes.absolute(), kept)
    if failed:
        say(f"Not done: {', '.join(failed)}. The same command tries them again.")
        raise SystemExit(1)
    say("Done. Look at the pictures, and read what stands around the tables that have changed.")


if __name__ == "__main__":
    main()
