"""Samplers measured beside `backend.sdedit.samplers` and left out; SOLVERS.md says why."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from backend.sdedit.denoisers import Denoiser
from backend.sdedit.noise import Noise
from backend.sdedit.samplers import Constrain, State
from backend.sdedit.schedules import levels


def sample_sde_parabola(
    denoiser: Denoiser, x: Tensor, sigmas: Tensor, noise: Noise, _: Constrain | None = None
) -> Iterator[State]:
    """The reverse SDE with D on the parabola through the last three evaluations, third order.

    It is integrated exactly: the Stochastic Adams method (Xue et al. 2023, SA-Solver) without its
    corrector, and SDE-DPM-Solver++(3M) but for higher orders.
    """
    known: list[tuple[float, Tensor]] = []  # (-ln sigma, D), the latest first
    values = levels(sigmas)
    for step, (sigma, sigma_next) in enumerate(zip(values, values[1:]), start=1):
        x0 = denoiser(x, torch.tensor(sigma, dtype=x.dtype))
        if sigma_next == 0:
            x = x0
        else:
            known = [(-math.log(sigma), x0), *known[:2]]
            h = math.log(sigma / sigma_next)
            weights = _adams_weights([place - known[0][0] for place, _ in known], h)
            drift = sum((w * d for w, (_, d) in zip(weights, known)), torch.zeros_like(x))
            spread = sigma_next * math.sqrt(-math.expm1(-2 * h))
            x = math.exp(-2 * h) * x + drift + spread * noise(step)
        yield State(step, len(values) - 1, sigma_next, x, x0)


def sample_ode_heun(
    denoiser: Denoiser, x: Tensor, sigmas: Tensor, _noise: Noise, _: Constrain | None = None
) -> Iterator[State]:
    """Heun's method for the ODE dx/dsigma = (x - D) / sigma (Karras et al. 2022, algorithm 1).

    Two evaluations a step, but one in the last.
    """
    values = levels(sigmas)
    for step, (sigma, sigma_next) in enumerate(zip(values, values[1:]), start=1):
        x0 = denoiser(x, torch.tensor(sigma, dtype=x.dtype))
        slope = (x - x0) / sigma
        ahead = x + (sigma_next - sigma) * slope
        if sigma_next > 0:
            there = denoiser(ahead, torch.tensor(sigma_next, dtype=x.dtype))
            ahead = x + (sigma_next - sigma) * (slope + (ahead - there) / sigma_next) / 2
        x = ahead
        yield State(step, len(values) - 1, sigma_next, x, x0)


def _adams_weights(places: list[float], h: float) -> list[float]:
    """How much D at each place counts in 2 ∫ e^(-2 (h - l)) D(l) dl over [0, h].

    Exact for polynomials through the places.
    """
    moments = [-math.expm1(-2 * h)]  # of l^0, l^1, …, by parts
    for k in range(1, len(places)):
        moments.append(h**k - k / 2 * moments[-1])
    powers = torch.tensor([[p**k for p in places] for k in range(len(places))], dtype=torch.float64)
    weights: list[float] = torch.linalg.solve(
        powers, torch.tensor(moments, dtype=torch.float64)
    ).tolist()
    return weights
