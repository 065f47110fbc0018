"""diffusers' UNet2DModel as model.json describes it, with what its arguments cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from diffusers.models.attention_processor import Attention
from diffusers.models.embeddings import Timesteps
from diffusers.models.unets.unet_2d import UNet2DModel
from torch import Tensor, nn

MOST_GROUPS = 32
"""Of a normalisation whose groups follow from its channels (Song et al. 2021's code)."""


class CannotBuild(ValueError):
    """UNet2DModel cannot hold a network as described."""


def build_network(network: Mapping[str, Any], adjustments: Mapping[str, Any]) -> nn.Module:
    """The network without its weights: its parameters are on the device "meta".

    network, adjustments: as `unet2d_description` has checked them. Raises CannotBuild where
    diffusers refuses them together.
    """
    try:
        with torch.device("meta"):
            built: nn.Module = UNet2DModel(**network)
            if "timestep_channels" in adjustments:
                _embed_timesteps_in(adjustments["timestep_channels"], built)
    except (ValueError, ArithmeticError) as error:
        raise CannotBuild(str(error)) from error
    if "timestep_scale" in adjustments:
        built.get_submodule("time_proj").scale = adjustments["timestep_scale"]
    for module in built.modules():
        if isinstance(module, nn.GroupNorm) and "channels_per_group" in adjustments:
            groups = module.num_channels // adjustments["channels_per_group"]
            module.num_groups = min(max(groups, 1), MOST_GROUPS)
        elif isinstance(module, Attention) and "attention_heads" in adjustments:
            _split_into_heads(module, adjustments["attention_heads"])
    return built


def load_weights(network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Give the network its weights, as float32. Raises RuntimeError unless they fit exactly."""
    network.load_state_dict({name: value.float() for name, value in weights.items()}, assign=True)
    network.requires_grad_(False).eval()


def _embed_timesteps_in(channels: int, network: Any) -> None:
    """Where the first level is narrower than the embedding: guided-diffusion's 512 × 512."""
    config = network.config
    network.time_proj = Timesteps(channels, config.flip_sin_to_cos, config.freq_shift)
    first = network.time_embedding.linear_1
    network.time_embedding.linear_1 = nn.Linear(channels, first.out_features)


def _split_into_heads(attention: Any, heads: int) -> None:
    """Where all attentions have as many heads; UNet2DModel knows only as wide ones."""
    if attention.inner_dim % heads:
        raise CannotBuild(f"{attention.inner_dim} channels do not divide into {heads} heads")
    attention.heads = heads
    attention.scale = (attention.inner_dim // heads) ** -0.5
