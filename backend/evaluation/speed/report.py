"""What was measured on one machine, as a section of a Markdown file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.evaluation.speed.loops import RELEASED_REPEATS, RELEASED_TIMESTEPS, T0
from backend.evaluation.speed.measurement import Measurement
from backend.evaluation.speed.timing import Times

NO_DIFFUSERS = (
    "diffusers is not installed, so its loop was not measured. "
    "To measure it, run: python3 install.py --extras diffusers"
)


@dataclass(frozen=True)
class Report:
    """One run of `sdedit bench`. peaks: bytes, by the side in pixels of the edit they are of."""

    machine: str
    software: str
    rounds: int
    measurements: Sequence[Measurement]
    peaks: Mapping[int, int]
    peaks_of: str

    def markdown(self) -> str:
        """The section, from its heading to its last line."""
        parts = [f"## {self.machine}", f"{self.software}. Medians of {self.rounds} rounds."]
        parts += [_measured(measurement) for measurement in self.measurements]
        if not all(measurement.diffusers for measurement in self.measurements):
            parts.append(NO_DIFFUSERS)
        if self.peaks:
            heads = [f"peak memory of an edit ({self.peaks_of})", "GiB"]
            rows = [[f"{px} × {px} px", f"{peak / 2**30:.2f}"] for px, peak in self.peaks.items()]
            parts.append(_table(heads, rows))
        return "\n\n".join(parts) + "\n"


def with_section(document: str, section: str) -> str:
    """A Markdown document with this section in place of the one of the same heading, or last."""
    heading = section.partition("\n")[0]
    parts = [part.strip("\n") for part in re.split(r"^(?=## )", document, flags=re.MULTILINE)]
    for index, part in enumerate(parts):
        if part.partition("\n")[0] == heading:
            parts[index] = section.strip("\n")
            break
    else:
        parts.append(section.strip("\n"))
    return "\n\n".join(part for part in parts if part) + "\n"


def _measured(m: Measurement) -> str:
    """One model's table, and what to know of it."""
    rows = [_row(times, m) for times in _timed(m)]
    rows.append(_released_for_longer(m))
    heads = ["loop", "evaluations", "ms each", "× the network alone", "s a picture", "× ours"]
    share = m.loop_alone.median / m.bare.median
    sentences = [
        f"The least that a picture can take is {m.ours.contender.evaluations} forwards of the "
        f"network alone, {_seconds(m.bare.for_a_picture)} s; ours takes "
        f"{m.ours.against(m.bare)[1]:.3f} times that.",
        f"With the network's answers at hand, our loop takes {1000 * m.loop_alone.median:.3g} ms "
        f"a step, {share:.1%} of a forward.",
        f"A turn was {m.ours.contender.measured} evaluations long, of the released program's "
        f"{m.released.contender.evaluations} the first ones; pictures' times are multiplied out.",
        *(
            f"{name} called the network {m.calls[name]} times in {measured} steps."
            for name, measured in ((t.contender.name, t.contender.measured) for t in _timed(m))
            if m.calls[name] != measured
        ),
    ]
    if m.compiled_s:
        sentences.append(f"The network was compiled, which took {m.compiled_s:.0f} s.")
    title = f"### {m.title}, {m.size} × {m.size} px, t0 {T0:g}"
    return "\n\n".join([title, _table(heads, rows), " ".join(sentences)])


def _timed(m: Measurement) -> list[Times]:
    return [m.bare, m.ours, *m.diffusers, m.released]


def _row(times: Times, m: Measurement) -> list[str]:
    low, middle, high = times.against(m.bare)
    return [
        times.contender.name,
        str(times.contender.evaluations),
        f"{1000 * times.median:.1f}",
        f"{middle:.3f} ({low:.3f}–{high:.3f})",
        _seconds(times.for_a_picture),
        _against_ours(times.contender.evaluations, times, m),
    ]


def _released_for_longer(m: Measurement) -> list[str]:
    """The released program as its README runs it: more evaluations of the same cost."""
    evaluations = RELEASED_TIMESTEPS[1] * RELEASED_REPEATS
    return [
        f"the same, T = {RELEASED_TIMESTEPS[1]}",
        str(evaluations),
        "",
        "",
        _seconds(m.released.median * evaluations),
        _against_ours(evaluations, m.released, m),
    ]


def _seconds(seconds: float) -> str:
    """Three figures, or whole seconds."""
    return f"{seconds:.3g}" if seconds < 1000 else f"{seconds:.0f}"


def _against_ours(evaluations: int, times: Times, m: Measurement) -> str:
    """The time of a picture in ours."""
    ratio = times.against(m.ours)[1] * evaluations / m.ours.contender.evaluations
    return f"{ratio:.3f}" if ratio < 2 else f"{ratio:.1f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
