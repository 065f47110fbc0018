"""A small DDPM U-Net (Ho et al. 2020) in plain torch, with the weights of the golden run.

It has the blocks of SDEdit's own networks and their parameters' names and order. The golden run's
weights are random, drawn in that order from a seed, so they need not be stored.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CHANNELS, FACTORS, ATTENTION_AT = 32, (1, 2, 2), 16
SIDE_PX = 32
EMBEDDING = 4 * CHANNELS


def normalisation(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(32, channels, eps=1e-6)


class Residual(nn.Module):
    """Two convolutions beside a shortcut, told the timestep between them."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm1 = normalisation(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.temb_proj = nn.Linear(EMBEDDING, outputs)
        self.norm2 = normalisation(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.temb_proj(F.silu(embedding))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class Attention(nn.Module):
    """Every pixel looks at all others, with one head."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = normalisation(channels)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(x)
        q, k, v = (part(h).flatten(2).mT for part in (self.q, self.k, self.v))
        weights = torch.softmax(q @ k.mT / math.sqrt(x.shape[1]), dim=-1)
        return x + self.proj_out((weights @ v).mT.reshape(x.shape))


class Resize(nn.Module):
    """One convolution after, or with, a change of size by 2."""

    def __init__(self, channels: int, *, larger: bool) -> None:
        super().__init__()
        self.larger = larger
        self.conv = nn.Conv2d(
            channels, channels, 3, stride=1 if larger else 2, padding=1 if larger else 0
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.larger:
            return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return self.conv(F.pad(x, (0, 1, 0, 1)))  # the border is on one side only


class DDPMUNet(nn.Module):
    """network(x, timestep) -> epsilon, on pictures of SIDE_PX."""

    def __init__(self) -> None:
        super().__init__()
        widths = [CHANNELS * factor for factor in FACTORS]
        sides = [SIDE_PX >> level for level in range(len(widths))]
        dense = [nn.Linear(CHANNELS, EMBEDDING), nn.Linear(EMBEDDING, EMBEDDING)]
        self.temb = nn.ModuleDict({"dense": nn.ModuleList(dense)})
        self.conv_in = nn.Conv2d(3, CHANNELS, 3, padding=1)
        skips, channels = [CHANNELS], CHANNELS
        self.down = nn.ModuleList()
        for level, (width, side) in enumerate(zip(widths, sides, strict=True)):
            attends, is_last = side == ATTENTION_AT, level == len(widths) - 1
            stage = nn.ModuleDict({"block": nn.ModuleList([Residual(channels, width)])})
            stage["attn"] = nn.ModuleList([Attention(width)] if attends else [])
            skips.append(width)
            if not is_last:
                stage["downsample"] = Resize(width, larger=False)
                skips.append(width)
            self.down.append(stage)
            channels = width
        self.mid = nn.ModuleDict(
            {
                "block_1": Residual(channels, channels),
                "attn_1": Attention(channels),
                "block_2": Residual(channels, channels),
            }
        )
        up = []
        for level, (width, side) in reversed(list(enumerate(zip(widths, sides, strict=True)))):
            blocks = nn.ModuleList()
            for _ in range(2):
                blocks.append(Residual(channels + skips.pop(), width))
                channels = width
            stage = nn.ModuleDict({"block": blocks})
            attends = side == ATTENTION_AT
            stage["attn"] = nn.ModuleList([Attention(width) for _ in range(2 * attends)])
            if level > 0:
                stage["upsample"] = Resize(width, larger=True)
            up.append(stage)
        self.up = nn.ModuleList(reversed(up))
        self.norm_out = normalisation(CHANNELS)
        self.conv_out = nn.Conv2d(CHANNELS, 3, 3, padding=1)

    def forward(self, x: Tensor, timestep: Tensor) -> Tensor:
        first, second = self.temb["dense"]
        embedding = second(F.silu(first(sinusoids(timestep))))
        x = self.conv_in(x)
        skips = [x]
        for stage in self.down:
            for index, block in enumerate(stage["block"]):
                x = block(x, embedding)
                x = stage["attn"][index](x) if len(stage["attn"]) else x
                skips.append(x)
            if "downsample" in stage:
                x = stage["downsample"](x)
                skips.append(x)
        x = self.mid["block_2"](self.mid["attn_1"](self.mid["block_1"](x, embedding)), embedding)
        for stage in reversed(self.up):
            for index, block in enumerate(stage["block"]):
                x = block(torch.cat([x, skips.pop()], dim=1), embedding)
                x = stage["attn"][index](x) if len(stage["attn"]) else x
            if "upsample" in stage:
                x = stage["upsample"](x)
        return self.conv_out(F.silu(self.norm_out(x)))


def sinusoids(timestep: Tensor) -> Tensor:
    """The timestep as CHANNELS / 2 sines and as many cosines, of wavelengths 2π to 20000π."""
    half = CHANNELS // 2
    frequencies = torch.exp(torch.arange(half) * (-math.log(10000) / (half - 1)))
    angles = timestep.float()[:, None] * frequencies[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def golden_network() -> DDPMUNet:
    """The network of the golden run: every parameter drawn in order from seed 0."""
    network = DDPMUNet().requires_grad_(False).eval()
    generator = torch.Generator().manual_seed(0)
    for name, parameter in network.named_parameters():
        draw = torch.randn(parameter.shape, generator=generator)
        if parameter.ndim > 1:
            parameter.copy_(draw / math.sqrt(parameter[0].numel()))
        elif name.endswith("weight"):
            parameter.copy_(1 + 0.1 * draw)
        else:
            parameter.copy_(0.1 * draw)
    return network
