"""How much a set of pictures looks like photographs."""

from __future__ import annotations

import random
from collections.abc import Sequence

from torch import Tensor

from backend.evaluation.kid import Inception, kid
from backend.evaluation.sliced_wasserstein import PatchLaw

SPLITS = 3
"""Over how many ways to halve the photographs their own distance is averaged."""

Figures = dict[str, float]
"""Named figures; the names are `report.COLUMNS`'s, and swd_0, swd_1, … of the single levels."""


class Realism:
    """Distances to a reference set: sliced Wasserstein, and KID where there is an Inception."""

    def __init__(
        self, reference: Sequence[Tensor], levels: int, inception: Inception | None
    ) -> None:
        """reference: (3, H, W) uint8 each."""
        self._law = PatchLaw(reference, levels)
        self._inception = inception
        self._features = inception.features(reference) if inception else None

    def figures(self, pictures: Sequence[Tensor]) -> Figures:
        """swd (×10³, the mean of the levels swd_0, swd_1, …, finest first), and maybe kid (×10³).

        KID compares laws that independent pictures stand for, so it is no 0 between a set and
        itself, and may be below 0.
        """
        levels = self._law.distances(pictures)
        figures = {"swd": sum(levels) / len(levels)}
        figures |= {f"swd_{level}": distance for level, distance in enumerate(levels)}
        if self._inception is not None and self._features is not None:
            features = self._inception.features(pictures)
            if min(len(features), len(self._features)) > 1:
                figures["kid"] = 1000 * kid(features, self._features)
        return figures


def floor(photographs: Sequence[Tensor], levels: int, inception: Inception | None) -> Figures:
    """The figures of one half of the photographs against the other, the mean of SPLITS splits.

    Two sets of so few real photographs are this far apart. {} for a single photograph.
    """
    half = len(photographs) // 2
    if not half:
        return {}
    found = []
    for split in range(SPLITS):
        order = random.Random(split).sample(photographs, len(photographs))
        judge = Realism(order[:half], levels, inception)
        found.append(judge.figures(order[half:]))
    return {name: sum(f[name] for f in found) / SPLITS for name in found[0]}
