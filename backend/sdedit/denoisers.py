"""Denoisers: D(x; sigma) estimates the clean picture x0, whatever its network predicts.

A wrapper turns a network into a denoiser here and nowhere else; the samplers know only
``denoiser(x, sigma) -> x0`` with x and x0 (B, C, H, W) float32 and sigma a scalar or (B,).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""``denoiser(x, sigma) -> x0``; x is variance-exploding: x = x0 + sigma·z."""

Network = Callable[[Tensor, Tensor], Tensor]
"""``network(c_in·x, c_noise) -> F`` of Karras et al. 2022, eq. 7; c_noise is (B,)."""


class EdmScalings(NamedTuple):
    """The four coefficients of Karras et al. 2022, table 1, each shaped (B, 1, 1, 1)."""

    c_skip: Tensor
    c_out: Tensor
    c_in: Tensor
    c_noise: Tensor


def edm_scalings(sigma: Tensor, sigma_data: float) -> EdmScalings:
    """The preconditioning that keeps the network's input and target at unit variance.

    sigma: (B,) float32, positive.
    """
    sigma = sigma.reshape(-1, 1, 1, 1)
    variance = sigma**2 + sigma_data**2
    return EdmScalings(
        c_skip=sigma_data**2 / variance,
        c_out=sigma * sigma_data / variance.sqrt(),
        c_in=1 / variance.sqrt(),
        c_noise=sigma.log() / 4,
    )


class EdmDenoiser:
    """D(x; sigma) = c_skip x + c_out F(c_in x; c_noise) (Karras et al. 2022, eq. 7)."""

    def __init__(self, network: Network, sigma_data: float) -> None:
        self.network = network
        self.sigma_data = sigma_data

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        sigma = torch.as_tensor(sigma, dtype=x.dtype, device=x.device).expand(x.shape[0])
        c_skip, c_out, c_in, c_noise = edm_scalings(sigma, self.sigma_data)
        return c_skip * x + c_out * self.network(c_in * x, c_noise.flatten())
