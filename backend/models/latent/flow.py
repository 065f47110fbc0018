"""Flow matching, seen as variance-exploding.

A rectified flow makes x_s = (1 - s) x0 + s z for s in [0, 1] (Esser et al. 2024, "Scaling
Rectified Flow Transformers", eq. 13; Lipman et al. 2023). Divided by 1 - s that is
    x_s / (1 - s) = x0 + sigma z,  sigma = s / (1 - s),
a VE model's x with alpha = 1 - s = 1 / (1 + sigma). So the samplers, masks and noise serve it as
they are: with them it runs the SDE that has the flow's marginals, and not its ODE.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from backend.sdedit.denoisers import Network


@dataclass(frozen=True)
class FlowSchedule:
    """sigma(t) = shift u / (1 - u), with u from 1 / timesteps at t = 0 to 1 - 1 / timesteps.

    shift: s = shift u / (1 + (shift - 1) u) (Esser et al. 2024, eq. 23), so that t0 means what
    "strength" does in other programs. At u = 1 nothing of the guide would be left and sigma would
    be infinite; a timestep before that, less than a thousandth is.
    """

    shift: float = 1.0
    timesteps: int = 1000

    def __post_init__(self) -> None:
        if not 0 < self.shift < math.inf:
            raise ValueError(f"shift is {self.shift}, but must be above 0 and finite.")
        if self.timesteps < 3:
            raise ValueError(f"timesteps is {self.timesteps}, but must be 3 or more.")

    @property
    def sigma_min(self) -> float:
        return self.sigma(0.0)

    @property
    def sigma_max(self) -> float:
        return self.sigma(1.0)

    def sigma(self, t: float) -> float:
        u = 1 / self.timesteps + t * (1 - 2 / self.timesteps)
        return self.shift * u / (1 - u)

    def t(self, sigma: float) -> float:
        u = sigma / (self.shift + sigma)
        return (u - 1 / self.timesteps) / (1 - 2 / self.timesteps)


class FlowDenoiser:
    """D(x; sigma) of a flow: ``network(alpha x, s · timesteps)`` gives the velocity z - x0.

    Then x_s - s (z - x0) = x0.
    """

    def __init__(self, network: Network, timesteps: int = 1000) -> None:
        self.network = network
        self.timesteps = timesteps

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        sigma = torch.as_tensor(sigma, dtype=x.dtype, device=x.device)
        s = (sigma / (1 + sigma)).expand(x.shape[0])
        x_s = x / (1 + sigma.reshape(-1, 1, 1, 1))
        return x_s - s.reshape(-1, 1, 1, 1) * self.network(x_s, s * self.timesteps)
