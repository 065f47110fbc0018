"""Times that may be compared although the machine's speed drifts: contenders take turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

Clock = Callable[[], float]


@dataclass(frozen=True, eq=False)
class Contender:
    """Something that makes a picture in `evaluations` network evaluations.

    run: does `measured` of them, as many as one turn is to last.
    """

    name: str
    evaluations: int
    measured: int
    run: Callable[[], object]


OnTurn = Callable[[int, Contender], None]


@dataclass(frozen=True)
class Times:
    """A contender's seconds for one evaluation, one for each turn."""

    contender: Contender
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def for_a_picture(self) -> float:
        """The median, times the evaluations of one picture."""
        return self.median * self.contender.evaluations

    def against(self, other: Times) -> tuple[float, float, float]:
        """Least, median and greatest ratio to another's, turn by turn."""
        ratios = [a / b for a, b in zip(self.seconds, other.seconds, strict=True)]
        return min(ratios), statistics.median(ratios), max(ratios)


def take_turns(
    contenders: Sequence[Contender],
    rounds: int,
    device: torch.device,
    *,
    clock: Clock = time.perf_counter,
    on_turn: OnTurn = lambda _round, _contender: None,
) -> list[Times]:
    """Run A, B, …, A, B, …; `on_turn` is told the round, from 1, before each."""
    seconds: list[list[float]] = [[] for _ in contenders]
    for turn in range(1, rounds + 1):
        for contender, taken in zip(contenders, seconds, strict=True):
            on_turn(turn, contender)
            wait_for(device)
            began = clock()
            contender.run()
            wait_for(device)
            taken.append((clock() - began) / contender.measured)
    return [
        Times(contender, tuple(taken)) for contender, taken in zip(contenders, seconds, strict=True)
    ]


def wait_for(device: torch.device) -> None:
    """Until the device has done all that it was given: a GPU works on behind Python's back."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
