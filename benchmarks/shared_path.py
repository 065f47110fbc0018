"""One path of noise for many schedules, so that runs of unlike numbers of steps can be compared."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from backend.sdedit.noise import Noise


class SharedPath:
    """Standard normal noise on the levels of all schedules together, summed up for each.

    From sigma to sigma' the reverse SDE adds noise of variance sigma'² - (sigma'² / sigma)², and
    passes on what it added before in the proportion (sigma' / sigma)². So the noise of a long step
    is that of the short ones within it, each passed on to its end.
    """

    def __init__(self, schedules: Sequence[Tensor], noise: Noise) -> None:
        positive = {sigma for sigmas in schedules for sigma in sigmas[:-1].tolist()}
        self.levels = sorted(positive, reverse=True)
        self.noise = noise

    def along(self, sigmas: Tensor) -> Noise:
        """``noise(step)`` for one of the schedules."""
        values: list[float] = sigmas.tolist()

        def noise(step: int) -> Tensor:
            if step == 0:
                return self.noise(0)
            start, end = values[step - 1], values[step]
            parts = []
            for index in range(self.levels.index(start), self.levels.index(end)):
                sigma, sigma_next = self.levels[index : index + 2]
                added = sigma_next * math.sqrt(1 - (sigma_next / sigma) ** 2)
                parts.append((end / sigma_next) ** 2 * added * self.noise(index + 1))
            return torch.stack(parts).sum(0) / (end * math.sqrt(1 - (end / start) ** 2))

        return noise
