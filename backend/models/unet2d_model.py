"""A model of pixels whose network is diffusers' UNet2DModel: what the importers make."""

from __future__ import annotations

import math
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from backend.models.catalogue import ModelError, ModelInfo
from backend.models.class_labels import class_number, imagenet_names
from backend.models.condition import Condition, refuse_label, refuse_text
from backend.models.pixel_model import PixelModel, TileDenoiser, View
from backend.models.unet2d_network import CannotBuild, build_network, load_weights
from backend.sdedit.denoisers import (
    Denoiser,
    Network,
    SigmaDenoiser,
    TimestepDenoiser,
    UnitRangeDenoiser,
    with_class,
)
from backend.sdedit.schedules import VESchedule, log_uniform_sigmas, t_uniform_sigmas
from backend.sdedit.vp_schedules import (
    DiscreteVPSchedule,
    SubVPSchedule,
    TimestepSchedule,
    VPSchedule,
    cosine_betas,
    linear_betas,
)

OVERLAP_SHARE = 4
"""A tile overlaps its neighbours by this part of its side."""


class UNet2DPixelModel(PixelModel):
    """A VE or VP model, told its class if it has classes; it composes at its native size alone."""

    data_std = 0.5  # of pictures in [-1, 1] (Karras et al. 2022)
    composes_at_native = True

    def __init__(self, info: ModelInfo, network: nn.Module, device: str) -> None:
        super().__init__(info, device)
        config = info.config
        self.schedule = schedule_of(config["sde"])
        is_ve = config["sde"]["kind"] == "ve"
        self.grid = t_uniform_sigmas if is_ve else log_uniform_sigmas
        self.multiple = 2 ** (len(config["network"]["block_out_channels"]) - 1)
        # A tile is what the network was trained on: a picture of the native size.
        self.tile_overlap_px = _whole_multiple(self.native_px / OVERLAP_SHARE, self.multiple)
        self.tile_px = max(
            _whole_multiple(self.native_px, self.multiple), self.tile_overlap_px + self.multiple
        )
        self.classes = int(config["classes"])
        names = config.get("class_names", [])
        self.class_names: list[str] = imagenet_names() if names == "imagenet" else names
        self.network = network.to(self.device)
        # torch's own annotations leave this argument out.
        self.network.to(memory_format=self.memory_format)  # type: ignore[call-overload]

    @classmethod
    def load(cls, info: ModelInfo, device: str) -> UNet2DPixelModel:
        """Read the weights. Raises ModelError when they do not fit what model.json describes."""
        config = info.config
        try:
            network = build_network(config["network"], config.get("adjustments", {}))
            load_weights(network, load_file(info.weights))
        except (CannotBuild, SafetensorError, RuntimeError) as error:
            raise ModelError(
                f"The weights of {info.name!r} do not fit its description.",
                "Import that model again.",
            ) from error
        return cls(info, network, device)

    def tile_denoiser(self, view: View, condition: Condition) -> TileDenoiser:
        """D(x; sigma), the same wherever x lies."""
        del view
        refuse_text(self.info.name, condition)
        denoiser = self._denoiser(self._network_for(condition))

        def denoise(x: Tensor, sigma: Tensor, _y: Tensor) -> Tensor:
            return denoiser(x, sigma)

        return denoise

    def _network_for(self, condition: Condition) -> Network:
        if not self.classes:
            refuse_label(self.info.name, condition)
            return self._predict
        number = class_number(self.info.name, condition.label, self.classes, self.class_names)
        return with_class(self._predict, number)

    def _predict(self, x: Tensor, level: Tensor, label: Tensor | None = None) -> Tensor:
        x = x.contiguous(memory_format=self.memory_format)
        predicted: Tensor = self.network(x, level, label, return_dict=False)[0]
        return predicted

    def _denoiser(self, network: Network) -> Denoiser:
        config = self.info.config
        prediction = config["prediction"]
        if isinstance(self.schedule, TimestepSchedule):
            has_table = config["network"].get("time_embedding_type") == "learned"
            if has_table:
                network = _with_whole_levels(network)
            return TimestepDenoiser(network, self.schedule, prediction, whole_timesteps=has_table)
        denoiser = SigmaDenoiser(network, prediction)
        return UnitRangeDenoiser(denoiser) if config["sde"]["data_range"] == "unit" else denoiser


def schedule_of(sde: dict[str, Any]) -> VESchedule | TimestepSchedule:
    """The schedule that model.json describes, for data in [-1, 1]."""
    kind = sde["kind"]
    if kind == "ve":
        schedule = VESchedule(sde["sigma_min"], sde["sigma_max"])
        return schedule.scaled(2) if sde["data_range"] == "unit" else schedule
    if kind == "vp":
        return VPSchedule(sde["beta_min"], sde["beta_max"])
    if kind == "subvp":
        return SubVPSchedule(sde["beta_min"], sde["beta_max"])
    return DiscreteVPSchedule(_betas(sde))


def _betas(sde: dict[str, Any]) -> tuple[float, ...]:
    timesteps = sde["timesteps"]
    if sde["betas"] == "cosine":
        return cosine_betas(timesteps)
    first, last = sde["beta_start"], sde["beta_end"]
    if sde["betas"] == "linear":
        return linear_betas(timesteps, first, last)
    # "scaled_linear": their roots are at equal distances (Rombach et al. 2022's code).
    roots = linear_betas(timesteps, math.sqrt(first), math.sqrt(last))
    return tuple(root**2 for root in roots)


def _with_whole_levels(network: Network) -> Network:
    """For an embedding that is a table: it is looked up by whole numbers."""
    return lambda x, level: network(x, level.round().long())


def _whole_multiple(length: float, multiple: int) -> int:
    """The multiple nearest to a length, at least one."""
    return max(round(length / multiple), 1) * multiple
