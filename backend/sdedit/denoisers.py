"""Denoisers: D(x; sigma) estimates the clean picture x0, whatever its network predicts.

A wrapper turns a network into a denoiser here and nowhere else; the samplers know only
``denoiser(x, sigma) -> x0`` with x and x0 (B, C, H, W) float32 and sigma a scalar or (B,).

    EdmDenoiser       a network in Karras' preconditioning, told log sigma / 4: the landscape model
    SigmaDenoiser     a VE network, told sigma: score_sde's NCSN++
    TimestepDenoiser  a VP network, told a timestep: DDPM, guided-diffusion
    UnitRangeDenoiser puts a model of data in [0, 1] into [-1, 1], outside any of these
    with_class        binds the class to a class-conditional network, inside any of these
    each_alone        has a CPU take a batch's pictures one after the other, outside all of these
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, NamedTuple, ParamSpec

import torch
from torch import Tensor

from .predictions import X0_FROM, X0From
from .vp_schedules import TimestepSchedule

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""``denoiser(x, sigma) -> x0``; x is variance-exploding: x = x0 + sigma·z."""

Network = Callable[[Tensor, Tensor], Tensor]
"""``network(x, level) -> output``: x as the network was trained to see it, scaled; level is (B,),
what it is told of the noise."""

ClassNetwork = Callable[[Tensor, Tensor, Tensor], Tensor]
"""``network(x, level, label) -> output``; label is (B,) int64."""


More = ParamSpec("More")


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
    deviation = variance.sqrt()
    return EdmScalings(
        c_skip=sigma_data**2 / variance,
        c_out=sigma * sigma_data / deviation,
        c_in=1 / deviation,
        c_noise=sigma.log() / 4,
    )


class EdmDenoiser:
    """D(x; sigma) = c_skip x + c_out F(c_in x; c_noise) (Karras et al. 2022, eq. 7).

    network: ``network(c_in x, c_noise) -> F``.
    """

    def __init__(self, network: Network, sigma_data: float) -> None:
        self.network = network
        self.sigma_data = sigma_data

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        sigma = torch.as_tensor(sigma, dtype=x.dtype, device=x.device).expand(x.shape[0])
        c_skip, c_out, c_in, c_noise = edm_scalings(sigma, self.sigma_data)
        return torch.addcmul(c_skip * x, c_out, self.network(c_in * x, c_noise.flatten()))


class SigmaDenoiser:
    """D(x; sigma) of a VE network: ``network(x, sigma)`` gives what `prediction` names.

    prediction: "score", "epsilon", "v" or "x0", as `predictions` defines them.
    """

    def __init__(self, network: Network, prediction: str = "score") -> None:
        self.network = network
        self.x0_from = _x0_from(prediction)

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        sigma = torch.as_tensor(sigma, dtype=x.dtype, device=x.device)
        output = _mean_of(self.network(x, sigma.expand(x.shape[0])), x)
        level = sigma.reshape(-1, 1, 1, 1)
        return self.x0_from(output, x, level, torch.ones_like(level))


class TimestepDenoiser:
    """D(x; sigma) of a VP network: ``network(alpha x, timestep)`` gives what `prediction` names.

    A network with a continuous embedding (all of DDPM's descent have one) is told the exact place
    between two timesteps, so that t0 is not rounded. With `whole_timesteps` it is told the nearest
    one, for a network that knows no others; alpha and sigma stay those of x. Where the network
    has 2C outputs it has learned its variance too, and the first C are the prediction (Nichol and
    Dhariwal 2021); the solvers here take the variance from the SDE.
    """

    def __init__(
        self,
        network: Network,
        schedule: TimestepSchedule,
        prediction: str = "epsilon",
        *,
        whole_timesteps: bool = False,
    ) -> None:
        self.network = network
        self.schedule = schedule
        self.x0_from = _x0_from(prediction)
        self.whole_timesteps = whole_timesteps

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        sigma = torch.as_tensor(sigma, dtype=x.dtype, device=x.device)
        timestep = self.schedule.timestep_of(sigma)
        if self.whole_timesteps:
            timestep = timestep.round()
        level = sigma.reshape(-1, 1, 1, 1)
        alpha = self.schedule.alpha_of(level)
        output = _mean_of(self.network(alpha * x, timestep.expand(x.shape[0])), x)
        return self.x0_from(output, x, level, alpha)


class UnitRangeDenoiser:
    """D(x; sigma) for x in [-1, 1], of a denoiser whose data is in [0, 1]: score_sde's VE models.

    Its noise counts half there, so its schedule is the model's own `VESchedule.scaled` by 2.
    """

    def __init__(self, denoiser: Denoiser) -> None:
        self.denoiser = denoiser

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        return 2 * self.denoiser((x + 1) / 2, sigma / 2) - 1


def with_class(network: ClassNetwork, label: int) -> Network:
    """A class-conditional network as one that makes pictures of this class only."""

    def conditioned(x: Tensor, level: Tensor) -> Tensor:
        labels = torch.full((x.shape[0],), label, dtype=torch.int64, device=x.device)
        return network(x, level, labels)

    return conditioned


def each_alone(
    denoiser: Callable[Concatenate[Tensor, Tensor, More], Tensor],
) -> Callable[Concatenate[Tensor, Tensor, More], Tensor]:
    """A denoiser by which each picture of a batch becomes what it is alone; on a CPU to the bit.

    A network's matrix products round otherwise in a batch than alone. A CPU gains nothing by the
    batch: there the pictures go through one after the other (five of 256 × 256 on two cores took
    the landscape model 0.39 s so, and 0.45 s in a batch). Other devices need it to be busy.
    """

    def denoise(x: Tensor, sigma: Tensor, /, *more: More.args, **named: More.kwargs) -> Tensor:
        if x.device.type != "cpu" or len(x) == 1:
            return denoiser(x, sigma, *more, **named)
        each = zip(torch.split(x, 1), torch.split(sigma.expand(len(x)), 1), strict=True)
        return torch.cat([denoiser(picture, level, *more, **named) for picture, level in each])

    return denoise


def _x0_from(prediction: str) -> X0From:
    if prediction not in X0_FROM:
        raise ValueError(f"prediction is {prediction!r}, but must be one of {', '.join(X0_FROM)}.")
    return X0_FROM[prediction]


def _mean_of(output: Tensor, x: Tensor) -> Tensor:
    """The prediction in a network's output, without the variance that may stand behind it."""
    channels = x.shape[1]
    if output.shape[1] not in (channels, 2 * channels):
        raise ValueError(
            f"the network has {output.shape[1]} output channels, but must have {channels} "
            f"or, with a learned variance, {2 * channels}."
        )
    return output[:, :channels]
