"""A model as other programs' loops want it: a VP network of 1000 timesteps."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from backend.models.condition import NOTHING, Condition
from backend.models.pixel_model import PixelModel, View
from backend.sdedit.denoisers import Network
from backend.sdedit.schedules import Schedule
from backend.sdedit.vp_schedules import DiscreteVPSchedule

TIMESTEPS = 1000


@dataclass(frozen=True)
class VPView:
    """predict: ``predict(x, timestep)`` for x = alpha (x0 + sigma z) and timestep (B,).

    It gives epsilon where `predicts_epsilon`, else x0; `epsilon` gives epsilon in any case.
    """

    schedule: DiscreteVPSchedule
    predicts_epsilon: bool
    predict: Network
    epsilon: Network


def vp_view(model: PixelModel, network: nn.Module, height: int) -> VPView:
    """The model for pictures of this height, called as cheaply as those loops can call it.

    A DDPM that predicts epsilon is given as it is. Of any other, the denoiser's x0 is
    given, told the sigma of the timestep; that costs a division and a look into a table more.
    """
    chain = chain_of(model.schedule)
    if _is_plain_ddpm(model):

        def plain(x: Tensor, timestep: Tensor) -> Tensor:
            x = x.contiguous(memory_format=model.memory_format)
            predicted: Tensor = network(x, timestep, return_dict=False)[0]
            return predicted

        return VPView(chain, True, plain, plain)
    sigmas = torch.tensor([chain.sigma_at(i) for i in range(TIMESTEPS)], device=model.device)
    denoise = model.denoiser(View(0.0, 1.0, height), condition_for(model))

    def x0(x: Tensor, timestep: Tensor) -> Tensor:
        sigma = sigmas.take(timestep.long())  # [timestep] would wait for the device
        return denoise(x * _root_of_one_and_square(sigma), sigma)

    def epsilon(x: Tensor, timestep: Tensor) -> Tensor:
        sigma = sigmas.take(timestep.long())
        noisy = x * _root_of_one_and_square(sigma)
        return (noisy - denoise(noisy, sigma)) / sigma.reshape(-1, 1, 1, 1)

    return VPView(chain, False, x0, epsilon)


def chain_of(schedule: Schedule) -> DiscreteVPSchedule:
    """The chain whose levels are the schedule's at t = 0, 1/999, …, 1."""
    if isinstance(schedule, DiscreteVPSchedule):
        return schedule
    growth = [1 + schedule.sigma(i / (TIMESTEPS - 1)) ** 2 for i in range(TIMESTEPS)]
    return DiscreteVPSchedule(
        tuple(1 - before / after for before, after in zip([1.0, *growth], growth))
    )


def condition_for(model: PixelModel) -> Condition:
    """What a model is told here: its first class, if it has classes."""
    return Condition(label="0") if model.info.config.get("classes") else NOTHING


def _is_plain_ddpm(model: PixelModel) -> bool:
    config = model.info.config
    return (
        isinstance(model.schedule, DiscreteVPSchedule)
        and model.schedule.timesteps == TIMESTEPS
        and config.get("prediction") == "epsilon"
        and not config.get("classes")
        and config["network"].get("out_channels", 3) == 3
        and config["network"].get("time_embedding_type") != "learned"
    )


def _root_of_one_and_square(sigma: Tensor) -> Tensor:
    """1 / alpha, shaped to multiply pictures."""
    return (1 + sigma**2).sqrt().reshape(-1, 1, 1, 1)
