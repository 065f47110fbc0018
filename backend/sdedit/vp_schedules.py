"""Schedules of variance-preserving models, seen as variance-exploding.

A VP or sub-VP SDE makes x(t) = alpha(t) x0 + sigma_x(t) z. Divided by alpha it is
    x(t) / alpha(t) = x0 + sigma(t) z,  sigma = sigma_x / alpha,
and not only at each t: by Itô's formula x / alpha solves dy = √(d sigma² / dt) dw with the same w,
so it is the VE SDE with that sigma(t), forwards and backwards. The samplers, masks and noise
therefore know VE alone; a VP network's denoiser multiplies by alpha on the way in
(`TimestepDenoiser`).

Here t in [0, 1] runs over the noise that the network knows: t = 0 is its least noise, not none.
"""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor


class TimestepSchedule(ABC):
    """A schedule whose network is told a timestep, from 0 to `timesteps` - 1, instead of sigma."""

    @property
    @abstractmethod
    def timesteps(self) -> int:
        """How many timesteps there are."""

    @abstractmethod
    def sigma(self, t: float) -> float:
        """The noise level at time t of x / alpha; sigma(0) is `sigma_min` to the last bit."""

    @abstractmethod
    def alpha_of(self, sigma: Tensor) -> Tensor:
        """The factor of x0 in x where the noise level is sigma; of sigma's shape, on its device."""

    @abstractmethod
    def timestep_of(self, sigma: Tensor) -> Tensor:
        """The timestep, not rounded, where the noise level is sigma; kept within the model's."""

    def t(self, sigma: float) -> float:
        """The time at which the noise level is `sigma`: the inverse of sigma(t)."""
        level = torch.tensor(sigma, dtype=torch.float64)
        return self.timestep_of(level).item() / (self.timesteps - 1)

    def alpha(self, t: float) -> float:
        """The factor of x0 in x at time t."""
        return self.alpha_of(torch.tensor(self.sigma(t), dtype=torch.float64)).item()

    @property
    def sigma_min(self) -> float:
        """The least noise level the network knows."""
        return self.sigma(0.0)

    @property
    def sigma_max(self) -> float:
        """The highest noise level the network knows."""
        return self.sigma(1.0)


@dataclass(frozen=True)
class VPSchedule(TimestepSchedule):
    """dx = -½ β x ds + √β dw, β(s) = beta_min + s (beta_max - beta_min) (Song et al. 2021, VP SDE).

    With B(s) = ∫β: alpha² = e^-B and sigma² = e^B - 1, exactly. The SDE's own time s runs from
    s_min, where its score was still trained, to 1; s = s_min + t (1 - s_min), so that t = 0 is
    s_min. The timestep told to the network is s (timesteps - 1), as in Song et al.'s code.
    """

    beta_min: float = 0.1
    beta_max: float = 20.0
    s_min: float = 1e-3
    timesteps: int = 1000

    def __post_init__(self) -> None:
        if not 0 < self.beta_min < math.inf:
            raise ValueError(f"beta_min is {self.beta_min}, but must be above 0 and finite.")
        if not self.beta_min <= self.beta_max < math.inf:
            raise ValueError(
                f"beta_max is {self.beta_max}, but must be at least beta_min "
                f"({self.beta_min}) and finite."
            )
        if not 0 < self.s_min < 1:
            raise ValueError(f"s_min is {self.s_min}, but must be above 0 and below 1.")
        if self.timesteps < 2:
            raise ValueError(f"timesteps is {self.timesteps}, but must be 2 or more.")

    def sigma(self, t: float) -> float:
        return math.sqrt(math.expm1(self._integral(t)))

    def t(self, sigma: float) -> float:
        level = torch.tensor(sigma, dtype=torch.float64)
        return (self._time_of(level).item() - self.s_min) / (1 - self.s_min)

    def alpha_of(self, sigma: Tensor) -> Tensor:
        return (1 + sigma**2).rsqrt()

    def timestep_of(self, sigma: Tensor) -> Tensor:
        return self._time_of(sigma).clamp(self.s_min, 1) * (self.timesteps - 1)

    def _integral(self, t: float) -> float:
        """B at time t: the noise added so far, as an exponent."""
        s = self.s_min + t * (1 - self.s_min)
        return s * (self.beta_min + s / 2 * (self.beta_max - self.beta_min))

    def _integral_of(self, sigma: Tensor) -> Tensor:
        """B where the noise level is sigma."""
        return (sigma**2).log1p()

    def _time_of(self, sigma: Tensor) -> Tensor:
        """s where the noise level is sigma: the root of B's quadratic that does not cancel."""
        integral = self._integral_of(sigma)
        slope = self.beta_max - self.beta_min
        return 2 * integral / (self.beta_min + (self.beta_min**2 + 2 * slope * integral).sqrt())


@dataclass(frozen=True)
class SubVPSchedule(VPSchedule):
    """dx = -½ β x ds + √(β (1 - e^(-2B))) dw (Song et al. 2021, sub-VP SDE).

    Its alpha² is the VP SDE's e^-B, but sigma_x is 1 - e^-B, so sigma is 2 sinh(B / 2).
    """

    def sigma(self, t: float) -> float:
        return 2 * math.sinh(self._integral(t) / 2)

    def alpha_of(self, sigma: Tensor) -> Tensor:
        return 2 / (sigma + (sigma**2 + 4).sqrt())

    def _integral_of(self, sigma: Tensor) -> Tensor:
        return 2 * (sigma / 2).asinh()


@dataclass(frozen=True)
class DiscreteVPSchedule(TimestepSchedule):
    """The chain x_i = √(1 - β_i) x_(i-1) + √β_i z of a DDPM, made continuous.

    betas: β_0 … β_(T-1), as `linear_betas` and `cosine_betas` make them. Time t is timestep
    t (T - 1); so a level of the table is met at its own timestep exactly. Between two timesteps
    log alpha² is a straight line: a VP SDE whose β is constant there, the simplest one that has
    the chain's law at every timestep. (SDEdit's released code starts ``--t 400`` at timestep 399.)
    """

    betas: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.betas) < 2:
            raise ValueError(f"betas has {len(self.betas)} values, but must have 2 or more.")
        for i, beta in enumerate(self.betas):
            if not 0 < beta < 1:
                raise ValueError(f"betas[{i}] is {beta}, but must be above 0 and below 1.")

    @property
    def timesteps(self) -> int:
        return len(self.betas)

    def sigma(self, t: float) -> float:
        timestep = t * (self.timesteps - 1)
        i = min(max(math.floor(timestep), 0), self.timesteps - 2)
        low, high = self._exponents[i : i + 2]
        return math.sqrt(math.expm1(low + (timestep - i) * (high - low)))

    def alpha_of(self, sigma: Tensor) -> Tensor:
        return (1 + sigma**2).rsqrt()

    def timestep_of(self, sigma: Tensor) -> Tensor:
        table = _on_device(self, sigma.dtype, sigma.device)
        exponent = (sigma**2).log1p()
        i = torch.searchsorted(table, exponent.contiguous(), right=True) - 1
        i = i.clamp(0, self.timesteps - 2)
        low, high = table.take(i), table.take(i + 1)  # table[i] would wait for the device
        return i + ((exponent - low) / (high - low)).clamp(0, 1)

    def sigma_at(self, timestep: int) -> float:
        """The noise level at a whole timestep: the chain's own."""
        return math.sqrt(math.expm1(self._exponents[timestep]))

    @functools.cached_property
    def _exponents(self) -> list[float]:
        """-log alpha² at every timestep."""
        return list(accumulate(-math.log1p(-beta) for beta in self.betas))


@functools.lru_cache(maxsize=8)
def _on_device(schedule: DiscreteVPSchedule, dtype: torch.dtype, device: torch.device) -> Tensor:
    """The table of exponents beside x, so that a step copies nothing to the device."""
    return torch.tensor(schedule._exponents, dtype=dtype, device=device)


def linear_betas(count: int = 1000, first: float = 1e-4, last: float = 0.02) -> tuple[float, ...]:
    """β at equal distances (Ho et al. 2020), as in all of SDEdit's own DDPM models."""
    return tuple(torch.linspace(first, last, count, dtype=torch.float64).tolist())


def cosine_betas(count: int = 1000, most: float = 0.999) -> tuple[float, ...]:
    """β for which alpha² falls as a squared cosine (Nichol and Dhariwal 2021, eq. 17)."""

    def alpha_squared(i: int) -> float:
        return math.cos((i / count + 0.008) / 1.008 * math.pi / 2) ** 2

    return tuple(min(1 - alpha_squared(i + 1) / alpha_squared(i), most) for i in range(count))
