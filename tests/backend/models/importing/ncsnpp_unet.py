"""An NCSN++ of score_sde (Song et al. 2021) in plain torch, by its parameters' names.

What the importer is compared with; the golden output vouches for it. It has progressive input and
output, filtered resampling, and BigGAN's blocks.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def normalisation(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(min(channels // 4, 32), channels, eps=1e-6)


class Fourier(nn.Module):
    """log sigma as sines and cosines of random frequencies."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.empty(channels), requires_grad=False)

    def forward(self, sigma: Tensor) -> Tensor:
        angles = sigma.log()[:, None] * self.W[None] * 2 * math.pi
        return torch.cat([angles.sin(), angles.cos()], dim=1)


def positions(timestep: Tensor, channels: int) -> Tensor:
    """A timestep as sines and cosines of falling frequencies, the last a ten-thousandth."""
    half = channels // 2
    frequencies = torch.logspace(0, -4, half)
    angles = timestep[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Dense(nn.Module):
    """A linear map of the channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.empty(inputs, outputs))
        self.b = nn.Parameter(torch.empty(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("bchw,cd->bdhw", x, self.W) + self.b[:, None, None]


class Residual(nn.Module):
    """Two convolutions beside a shortcut; may change size."""

    def __init__(self, inputs: int, outputs: int, embedding: int, resize: float = 1) -> None:
        super().__init__()
        self.resize = resize
        self.GroupNorm_0 = normalisation(inputs)
        self.Conv_0 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.Dense_0 = nn.Linear(embedding, outputs)
        self.GroupNorm_1 = normalisation(outputs)
        self.Conv_1 = nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs or resize != 1:
            self.Conv_2 = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        h = self.Conv_0(resized(F.silu(self.GroupNorm_0(x)), self.resize))
        h = h + self.Dense_0(F.silu(embedding))[:, :, None, None]
        h = self.Conv_1(F.silu(self.GroupNorm_1(h)))
        x = resized(x, self.resize)
        return ((self.Conv_2(x) if hasattr(self, "Conv_2") else x) + h) / math.sqrt(2)


class Attention(nn.Module):
    """Every pixel looks at all others, with one head."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.GroupNorm_0 = normalisation(channels)
        self.NIN_0, self.NIN_1, self.NIN_2, self.NIN_3 = (
            Dense(channels, channels) for _ in range(4)
        )

    def forward(self, x: Tensor) -> Tensor:
        h = self.GroupNorm_0(x)
        q, k, v = (part(h).flatten(2) for part in (self.NIN_0, self.NIN_1, self.NIN_2))
        scores = torch.einsum("bcq,bck->bqk", q, k) / math.sqrt(x.shape[1])
        h = torch.einsum("bqk,bck->bcq", scores.softmax(dim=-1), v).reshape(x.shape)
        return (x + self.NIN_3(h)) / math.sqrt(2)


class Combination(nn.Module):
    """The small input picture, added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.Conv_0 = nn.Conv2d(3, channels, 1)


class NCSNpp(nn.Module):
    """network(x, sigma) -> score, for data in [0, 1] unless it is centered.

    positional: it is told timesteps, and its output is not divided by them.
    """

    def __init__(
        self,
        *,
        image_size: int = 32,
        nf: int = 32,
        ch_mult: tuple[int, ...] = (1, 2, 4),
        num_res_blocks: int = 1,
        attn_resolutions: tuple[int, ...] = (8,),
        centered: bool = False,
        positional: bool = False,
    ) -> None:
        super().__init__()
        self.centered, self.blocks = centered, num_res_blocks
        self.positional, self.nf = positional, nf
        widths = [nf * multiple for multiple in ch_mult]
        attends = [image_size >> level in attn_resolutions for level in range(len(widths))]
        self.attends = attends
        told = 4 * nf
        modules: list[nn.Module] = [
            *([] if positional else [Fourier(nf)]),
            nn.Linear(nf if positional else 2 * nf, told),
            nn.Linear(told, told),
            nn.Conv2d(3, nf, 3, padding=1),
        ]
        skips, channels = [nf], nf
        for level, width in enumerate(widths):
            for _ in range(num_res_blocks):
                modules.append(Residual(channels, width, told))
                modules += [Attention(width)] * attends[level]
                channels = width
                skips.append(channels)
            if level < len(widths) - 1:
                modules += [Residual(channels, channels, told, 0.5), Combination(channels)]
                skips.append(channels)
        modules += [
            Residual(channels, channels, told),
            Attention(channels),
            Residual(channels, channels, told),
        ]
        for level, width in reversed(list(enumerate(widths))):
            for _ in range(num_res_blocks + 1):
                modules.append(Residual(channels + skips.pop(), width, told))
                channels = width
            modules += [Attention(channels)] * attends[level]
            modules += [normalisation(channels), nn.Conv2d(channels, 3, 3, padding=1)]
            if level > 0:
                modules.append(Residual(channels, channels, told, 2))
        self.all_modules = nn.ModuleList(modules)

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
        modules = iter(self.all_modules)
        features = positions(sigma, self.nf) if self.positional else next(modules)(sigma)
        first, second, conv_in = (next(modules) for _ in range(3))
        embedding = second(F.silu(first(features)))
        if not self.centered:
            x = 2 * x - 1
        pyramid, h = x, conv_in(x)
        skips = [h]
        for level, attends in enumerate(self.attends):
            for _ in range(self.blocks):
                h = next(modules)(h, embedding)
                h = next(modules)(h) if attends else h
                skips.append(h)
            if level < len(self.attends) - 1:
                h = next(modules)(h, embedding)
                pyramid = resized(pyramid, 0.5)
                h = h + next(modules).Conv_0(pyramid)
                skips.append(h)
        h = next(modules)(h, embedding)
        h = next(modules)(h)
        h = next(modules)(h, embedding)
        output: Tensor | float = 0.0
        for level, attends in reversed(list(enumerate(self.attends))):
            for _ in range(self.blocks + 1):
                h = next(modules)(torch.cat([h, skips.pop()], dim=1), embedding)
            h = next(modules)(h) if attends else h
            norm, convolution = next(modules), next(modules)
            output = output + convolution(F.silu(norm(h)))
            if level > 0:
                output = resized(output, 2)
                h = next(modules)(h, embedding)
        return output if self.positional else output / sigma[:, None, None, None]


def resized(x: Tensor, factor: float) -> Tensor:
    """Twice as large or half as large through the filter [1, 3, 3, 1]."""
    if factor == 1:
        return x
    channels = x.shape[1]
    line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    kernel = torch.outer(line, line).expand(channels, 1, 4, 4)
    if factor < 1:
        return F.conv2d(F.pad(x, (1, 1, 1, 1)), kernel, stride=2, groups=channels)
    return F.conv_transpose2d(x, 4 * kernel, stride=2, padding=1, groups=channels)
