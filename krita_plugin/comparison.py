"""An artist's way to their own t0: which of two pictures, five times."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from .gallery import Candidate

LOWEST, HIGHEST = 0.2, 0.8
"""Below, hardly anything changes; above, hardly anything of the painting is left."""
CHOICES = 5
"""After which t0 lies within 0.06."""
GOLDEN = (math.sqrt(5) - 1) / 2
DECIMALS = 3


@dataclass(frozen=True, eq=False)
class Comparison:
    """Golden-section search: of each pair one picture is in the next pair too, so that a choice
    costs one new picture, not two."""

    seed: int | None = None
    """That of all its pictures; None before the first ones."""
    lowest: float = LOWEST
    highest: float = HIGHEST
    choices: int = 0
    finished: tuple[Candidate, ...] = field(default=())
    """All pictures that were made for it."""
    job: str = ""
    """The job that makes what is missing."""

    @property
    def pair(self) -> tuple[float, float]:
        """The two t0 to choose between, the more faithful one first."""
        span = GOLDEN * (self.highest - self.lowest)
        return round(self.highest - span, DECIMALS), round(self.lowest + span, DECIMALS)

    @property
    def is_over(self) -> bool:
        return self.choices >= CHOICES

    @property
    def missing(self) -> tuple[float, ...]:
        """Those of the pair whose pictures have not been made."""
        return tuple(t0 for t0 in self.pair if self.at(t0) is None)

    def at(self, t0: float) -> Candidate | None:
        """The picture of a t0. A step of rounding makes no other picture."""
        step = 2 * 10**-DECIMALS
        near = [found for found in self.finished if abs(found.t0 - t0) < step]
        return min(near, key=lambda found: abs(found.t0 - t0), default=None)

    def chosen(self, more_real: bool) -> Comparison:
        """The search after one more choice."""
        left, right = self.pair
        choices = self.choices + 1
        if more_real:
            return replace(self, choices=choices, lowest=left)
        return replace(self, choices=choices, highest=right)

    def with_pictures(self, made: tuple[Candidate, ...]) -> Comparison:
        """The search with what was missing."""
        return replace(self, seed=made[0].seed, finished=self.finished + made, job="")

    @property
    def winner(self) -> Candidate:
        """When it is over: the picture that was preferred last."""
        (left, right) = map(self.at, self.pair)
        found = left or right
        assert found is not None
        return found
