"""Gaussian data: the case in which SDEdit's law is known in closed form.

Data x0 ~ N(mean, s²) in every pixel, guide g, x = g + sigma0 z. The exact reverse SDE gives
    x0 ~ N(mean + k (g - mean), sigma0² k (1 + k)),  k = s² / (s² + sigma0²).
A sampler is linear in its guide and its noise on such data. So its law needs no Monte Carlo: one
run with a batch of unit vectors reads off every coefficient.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from backend.sdedit.samplers import Sampler


@dataclass(frozen=True)
class GaussianDenoiser:
    """D(x; sigma) = mean + s² / (s² + sigma²) (x - mean); variance is s²."""

    variance: Tensor | float
    mean: float = 0.0

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        return self.mean + self.variance / (self.variance + sigma**2) * (x - self.mean)


@dataclass(frozen=True)
class Law:
    """What becomes of a guide: mean (as a factor of guide - data mean) and variance."""

    mean: Tensor
    variance: Tensor


def exact_law(variance: Tensor, sigma0: float, sigma_min: float = 0.0) -> Law:
    """SDEdit's law on data of variance s², the SDE solved exactly.

    With a sigma_min, the SDE runs down to it and the denoised mean is returned from there: what
    our samplers do, and so the law they must tend to as their steps grow.
    """
    low, high = variance + sigma_min**2, variance + sigma0**2
    factor = low / high
    at_sigma_min = factor**2 * sigma0**2 + low * (1 - factor)
    return Law(mean=variance / high, variance=(variance / low) ** 2 * at_sigma_min)


def exact_ode_law(variance: Tensor, sigma0: float, sigma_min: float = 0.0) -> Law:
    """What the probability-flow ODE makes of the same start: it scales x - mean by √k."""
    low, high = variance + sigma_min**2, variance + sigma0**2
    factor = variance / (low * high).sqrt()
    return Law(mean=factor, variance=factor**2 * sigma0**2)


def sampled_law(sampler: Sampler, sigmas: Tensor, variance: Tensor) -> Law:
    """The sampler's own law on data of each variance in `variance` (n,), to rounding error.

    Row 0 of the batch starts at a guide of 1 without noise, row 1 + i has noise(i) alone.
    """
    rows = len(sigmas)
    x = torch.zeros(rows + 1, 1, 1, len(variance), dtype=torch.float64)
    x[0] = 1
    x[1] = sigmas[0]

    def noise(step: int) -> Tensor:
        z = torch.zeros(rows + 1, 1, 1, 1, dtype=torch.float64)
        z[1 + step] = 1
        return z

    *_, last = sampler(GaussianDenoiser(variance), x, sigmas, noise, None)
    guide, *noises = last.x[:, 0, 0]
    return Law(mean=guide, variance=torch.stack(noises).square().sum(0))


# A picture's spectrum: rings of radius f hold f modes each, and their variance falls as 1/f²
# (Field 1987). The pixels' standard deviation is 0.5, the landscape model's sigma_data.
_RADIUS = torch.arange(1, 129, dtype=torch.float64)
MODES = _RADIUS / _RADIUS.sum()
PICTURE = 0.25 * _RADIUS**-2 / (MODES * _RADIUS**-2).sum()


def relative_w2(law: Law, exact: Law) -> float:
    """The Wasserstein-2 distance to the exact law in parts of that law's own size.

    Over the picture's spectrum, for a guide that is itself a picture drawn from the data.
    """
    off = (law.variance.sqrt() - exact.variance.sqrt()) ** 2 + PICTURE * (
        law.mean - exact.mean
    ) ** 2
    size = exact.variance + PICTURE * exact.mean**2
    return float(((MODES * off).sum() / (MODES * size).sum()).sqrt())
