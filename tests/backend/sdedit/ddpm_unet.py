"""A small DDPM U-Net (Ho et al. 2020) in plain torch, with the weights of the golden run.

It has the blocks of SDEdit's own networks and their parameters' names and order. The golden run's
weights are random, drawn in that order from a seed, so they need not be stored.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CHANNELS, FACTORS, ATTENTION_AT = 32, (1, 2, 2), 16
SIDE_PX = 32


def normalisation(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(32, channels, eps=1e-6)


class Residual(nn.Module):
    """Two convolutions beside a shortcut, told the timestep between them."""

    def __init__(self, inputs: int, outputs: int, embedding: int) -> None:
        super().__init__()
        self.norm1 = normalisation(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.temb_proj = nn.Linear(embedding, outputs)
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
    """network(x, timestep) -> epsilon, on pictures of side_px; by itself the golden run's."""

    def __init__(
        self,
        channels: int = CHANNELS,
        factors: tuple[int, ...] = FACTORS,
        blocks: int = 1,
        attention_at: int = ATTENTION_AT,
        side_px: int = SIDE_PX,
    ) -> None:
        super().__init__()
        self.channels = channels
        widths = [channels * factor for factor in factors]
        sides = [side_px >> level for level in range(len(widths))]
        told = 4 * channels
        dense = [nn.Linear(channels, told), nn.Linear(told, told)]
        self.temb = nn.ModuleDict({"dense": nn.ModuleList(dense)})
        self.conv_in = nn.Conv2d(3, channels, 3, padding=1)
        skips, inputs = [channels], channels
        self.down = nn.ModuleList()
        for level, (width, side) in enumerate(zip(widths, sides, strict=True)):
            stage = nn.ModuleDict({"block": nn.ModuleList(), "attn": nn.ModuleList()})
            for _ in range(blocks):
                stage["block"].append(Residual(inputs, width, told))
                if side == attention_at:
                    stage["attn"].append(Attention(width))
                inputs = width
                skips.append(width)
            if level < len(widths) - 1:
                stage["downsample"] = Resize(width, larger=False)
                skips.append(width)
            self.down.append(stage)
        self.mid = nn.ModuleDict(
            {
                "block_1": Residual(inputs, inputs, told),
                "attn_1": Attention(inputs),
                "block_2": Residual(inputs, inputs, told),
            }
        )
        up = []
        for level, (width, side) in reversed(list(enumerate(zip(widths, sides, strict=True)))):
            stage = nn.ModuleDict({"block": nn.ModuleList(), "attn": nn.ModuleList()})
            for _ in range(blocks + 1):
                stage["block"].append(Residual(inputs + skips.pop(), width, told))
                if side == attention_at:
                    stage["attn"].append(Attention(width))
                inputs = width
            if level > 0:
                stage["upsample"] = Resize(width, larger=True)
            up.append(stage)
        self.up = nn.ModuleList(reversed(up))
        self.norm_out = normalisation(widths[0])
        self.conv_out = nn.Conv2d(widths[0], 3, 3, padding=1)

    def forward(self, x: Tensor, timestep: Tensor) -> Tensor:
        first, second = self.temb["dense"]
        embedding = second(F.silu(first(sinusoids(timestep, self.channels))))
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


def sinusoids(timestep: Tensor, channels: int) -> Tensor:
    """The timestep as half as many sines and cosines as channels, of wavelengths 2π to 20000π."""
    half = channels // 2
    frequencies = torch.exp(torch.arange(half) * (-math.log(10000) / (half - 1)))
    angles = timestep.float()[:, None] * frequencies[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def golden_network() -> DDPMUNet:
    """The network of the golden run: every parameter drawn in order from seed 0."""
    network = DDPMUNet().requires_grad_(False).eval()
    draw_parameters(network)
    return network


def draw_parameters(network: nn.Module) -> None:
    """Draw every parameter in order from seed 0, none of them zero."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in network.named_parameters():
        parameter.copy_(drawn(name, parameter.shape, generator))


def drawn(name: str, shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """The golden runs' weights of this name and shape."""
    draw = torch.randn(tuple(shape), generator=generator)
    if name.endswith("all_modules.0.W"):  # NCSN++'s Fourier frequencies
        return 16 * draw
    if draw.ndim > 1:
        return draw * (1 / math.sqrt(draw[0].numel()))  # a quotient would round otherwise
    return 1 + 0.1 * draw if name.endswith("weight") else 0.1 * draw
