"""A U-Net of guided-diffusion (Dhariwal and Nichol 2021) in plain torch, by its parameters' names.

What the importer is compared with; the golden outputs vouch for it.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def normalisation(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(32, channels, eps=1e-5)


class Residual(nn.Module):
    """Two convolutions told the timestep, as a shift or as scale and shift; may change size."""

    def __init__(self, inputs, outputs, embedding, *, scale_shift, resize=1.0):
        super().__init__()
        self.scale_shift, self.resize = scale_shift, resize
        told = 2 * outputs if scale_shift else outputs
        activation, dropout = nn.SiLU(), nn.Identity()
        first, second = (
            nn.Conv2d(inputs, outputs, 3, padding=1),
            nn.Conv2d(outputs, outputs, 3, padding=1),
        )
        self.in_layers = nn.Sequential(normalisation(inputs), activation, first)
        self.emb_layers = nn.Sequential(activation, nn.Linear(embedding, told))
        self.out_layers = nn.Sequential(normalisation(outputs), activation, dropout, second)
        self.skip_connection = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        norm, activation, convolution = self.in_layers
        h = convolution(resized(activation(norm(x)), self.resize))
        told = self.emb_layers(embedding)[:, :, None, None]
        if self.scale_shift:
            scale, shift = told.chunk(2, dim=1)
            h = self.out_layers[1:](self.out_layers[0](h) * (1 + scale) + shift)
        else:
            h = self.out_layers(h + told)
        return self.skip_connection(resized(x, self.resize)) + h


class Attention(nn.Module):
    """Every pixel looks at all others, with several heads in one of two orders."""

    def __init__(self, channels, heads, *, new_order):
        super().__init__()
        self.heads, self.new_order = heads, new_order
        self.norm = normalisation(channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        batch, channels = x.shape[:2]
        each = channels // self.heads
        qkv = self.qkv(self.norm(x).flatten(2))
        if self.new_order:
            q, k, v = qkv.reshape(batch, 3, self.heads, each, -1).unbind(1)
        else:
            q, k, v = qkv.reshape(batch, self.heads, 3, each, -1).unbind(2)
        weights = torch.softmax(torch.einsum("bhcq,bhck->bhqk", q, k) / math.sqrt(each), dim=-1)
        looked = torch.einsum("bhqk,bhck->bhcq", weights, v).reshape(batch, channels, -1)
        return x + self.proj_out(looked).reshape(x.shape)


class Convolved(nn.Module):
    """A change of size with a convolution, where it is no residual block."""

    def __init__(self, channels, resize):
        super().__init__()
        if resize < 1:
            self.op = nn.Conv2d(channels, channels, 3, stride=2, padding=1)
        else:
            self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.op(x) if hasattr(self, "op") else self.conv(resized(x, 2.0))


class GuidedDiffusionUNet(nn.Module):
    """network(x, timestep[, label]) -> epsilon, and its variance if `learn_sigma`."""

    def __init__(
        self,
        *,
        image_size=32,
        num_channels=32,
        channel_mult=(1, 2),
        num_res_blocks=1,
        attention_resolutions=(16,),
        num_heads=1,
        num_head_channels=-1,
        use_new_attention_order=False,
        use_scale_shift_norm=False,
        resblock_updown=False,
        learn_sigma=False,
        classes=0,
        inputs=3,
    ):
        super().__init__()
        self.num_channels = num_channels
        told = 4 * num_channels
        widths = [int(num_channels * multiple) for multiple in channel_mult]
        self.time_embed = nn.Sequential(
            nn.Linear(num_channels, told), nn.SiLU(), nn.Linear(told, told)
        )
        if classes:
            self.label_emb = nn.Embedding(classes, told)

        def residual(inputs, outputs, resize=1.0):
            return Residual(inputs, outputs, told, scale_shift=use_scale_shift_norm, resize=resize)

        def resizing(channels, resize):
            if resblock_updown:
                return residual(channels, channels, resize)
            return Convolved(channels, resize)

        def attention(channels, level):
            if level is not None and image_size >> level not in attention_resolutions:
                return []
            heads = num_heads if num_head_channels == -1 else channels // num_head_channels
            return [Attention(channels, heads, new_order=use_new_attention_order)]

        skips, channels = [widths[0]], widths[0]
        down = [nn.ModuleList([nn.Conv2d(inputs, channels, 3, padding=1)])]
        for level, width in enumerate(widths):
            for _ in range(num_res_blocks):
                down.append(nn.ModuleList([residual(channels, width), *attention(width, level)]))
                channels = width
                skips.append(channels)
            if level < len(widths) - 1:
                down.append(nn.ModuleList([resizing(channels, 0.5)]))
                skips.append(channels)
        self.input_blocks = nn.ModuleList(down)
        self.middle_block = nn.ModuleList(
            [residual(channels, channels), *attention(channels, None), residual(channels, channels)]
        )
        up = []
        for level, width in reversed(list(enumerate(widths))):
            for block in range(num_res_blocks + 1):
                layers = [residual(channels + skips.pop(), width), *attention(width, level)]
                channels = width
                if level > 0 and block == num_res_blocks:
                    layers.append(resizing(channels, 2.0))
                up.append(nn.ModuleList(layers))
        self.output_blocks = nn.ModuleList(up)
        outputs = 6 if learn_sigma else 3
        self.out = nn.Sequential(
            normalisation(channels), nn.SiLU(), nn.Conv2d(channels, outputs, 3, padding=1)
        )

    def forward(self, x: Tensor, timestep: Tensor, label: Tensor | None = None) -> Tensor:
        embedding = self.time_embed(cosinusoids(timestep, self.num_channels))
        if label is not None:
            embedding = embedding + self.label_emb(label)

        def run(layers: nn.ModuleList, x: Tensor) -> Tensor:
            for layer in layers:
                x = layer(x, embedding) if isinstance(layer, Residual) else layer(x)
            return x

        skips = []
        for block in self.input_blocks:
            x = run(block, x)
            skips.append(x)
        x = run(self.middle_block, x)
        for block in self.output_blocks:
            x = run(block, torch.cat([x, skips.pop()], dim=1))
        return self.out(x)


def resized(x: Tensor, factor: float) -> Tensor:
    if factor == 1:
        return x
    return F.avg_pool2d(x, 2) if factor < 1 else F.interpolate(x, scale_factor=2.0, mode="nearest")


def cosinusoids(timestep: Tensor, channels: int) -> Tensor:
    """The timestep as cosines, then sines, of wavelengths from 2π towards 20000π."""
    half = channels // 2
    frequencies = torch.exp(torch.arange(half) * (-math.log(10000) / half))
    angles = timestep.float()[:, None] * frequencies[None]
    return torch.cat([angles.cos(), angles.sin()], dim=1)
