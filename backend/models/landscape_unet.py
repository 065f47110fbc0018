"""The network of the landscape model: a small U-Net without normalisation.

Why not a diffusers network: on two CPU cores a norm-free U-Net of this size reached, after
five minutes of training, what a GroupNorm U-Net of the same size reached after twenty
(held-out PSNR at sigma 0.1–0.6), and it must run on the artist's CPU.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class FilmBlock(nn.Module):
    """Residual block conv – FiLM – ReLU – conv; the last convolution starts at zero.

    FiLM's gain stays between 0 and 2: without normalisation layers, the product of unbounded
    gains over many blocks exploded for noise levels seldom seen in training.
    """

    def __init__(self, width: int, embedding: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.film = nn.Linear(embedding, 2 * width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        start_at_zero(self.film)
        start_at_zero(self.conv2)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        gain, shift = self.film(embedding)[:, :, None, None].chunk(2, dim=1)
        h = self.conv1(x)  # (B, width, H, W)
        changed: Tensor = x + self.conv2(F.relu(torch.addcmul(h + shift, h, gain.tanh())))
        return changed


def start_at_zero(layer: nn.Conv2d | nn.Linear) -> None:
    """A layer that at first contributes nothing: the network starts as the identity."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def fourier_features(values: Tensor, frequencies: Tensor) -> Tensor:
    """cos and sin of values (B,) at the frequencies (n,) in rad: (B, 2·n)."""
    angles = values[:, None].float() * frequencies
    return torch.cat([angles.cos(), angles.sin()], dim=1)


class LandscapeUNet(nn.Module):
    """Fully convolutional U-Net on pixel-unshuffled input, aware of noise, scale and height.

    forward(x, c_noise, log2_scale, y) -> F, with
        x           (B, 3, H, W) float32, scaled by c_in; H and W multiples of ``multiple``
        c_noise     (B,) ln(sigma) / 4, as in Karras et al. 2022
        log2_scale  (B,) log2(360 / height of the whole picture in pixels)
        y           (B, 1, H, 1) or (B, 1, H, W): 0 at the top of the picture, 1 at its foot
    """

    FOURIER = 8
    """Frequencies from 1/8 to 2 rad. No higher ones: the embedding must be smooth between the
    noise levels seen in training."""
    frequencies: Tensor

    def __init__(
        self, widths: Sequence[int] = (64, 128, 192), blocks: int = 2, middle: int = 4
    ) -> None:
        super().__init__()
        self.widths, self.blocks, self.middle_blocks = tuple(widths), blocks, middle
        # A buffer, since not every device has logspace; not stored, since it is no weight.
        frequencies = torch.logspace(-3, 1, self.FOURIER, base=2.0)
        self.register_buffer("frequencies", frequencies, persistent=False)
        embedding = 2 * widths[-1]
        self.embed = nn.Sequential(
            nn.Linear(4 * self.FOURIER, embedding),
            nn.SiLU(),
            nn.Linear(embedding, embedding),
            nn.SiLU(),
        )
        self.first = nn.Conv2d(4 * 4, widths[0], 3, padding=1)
        self.down = nn.ModuleList()
        self.shrink = nn.ModuleList()
        self.up = nn.ModuleList()
        self.grow = nn.ModuleList()
        for width, wider in zip(widths, widths[1:], strict=False):
            self.down.append(nn.ModuleList(FilmBlock(width, embedding) for _ in range(blocks)))
            self.shrink.append(nn.Conv2d(width, wider, 2, stride=2))
            self.grow.append(nn.Conv2d(wider, 4 * width, 1))
            self.up.append(nn.ModuleList(FilmBlock(width, embedding) for _ in range(blocks)))
        self.middle = nn.ModuleList(FilmBlock(widths[-1], embedding) for _ in range(middle))
        self.last = nn.Conv2d(widths[0], 4 * 3, 3, padding=1)
        start_at_zero(self.last)

    @property
    def multiple(self) -> int:
        """Height and width of the input must be multiples of this many pixels."""
        return int(2 ** len(self.widths))

    def forward(self, x: Tensor, c_noise: Tensor, log2_scale: Tensor, y: Tensor) -> Tensor:
        embedding = self.embed(
            torch.cat(
                [
                    fourier_features(c_noise * math.tau, self.frequencies),
                    fourier_features(log2_scale, self.frequencies),
                ],
                dim=1,
            )
        )
        height_map = (2 * y - 1).expand(x.shape[0], 1, x.shape[2], x.shape[3]).to(x.dtype)
        h = self.first(F.pixel_unshuffle(torch.cat([x, height_map], dim=1), 2))
        skips = []
        for blocks, shrink in zip(self.down, self.shrink, strict=True):
            for block in blocks:  # type: ignore[attr-defined]
                h = block(h, embedding)
            skips.append(h)
            h = shrink(h)
        for block in self.middle:
            h = block(h, embedding)
        for blocks, grow, skip in zip(
            reversed(self.up), reversed(self.grow), reversed(skips), strict=True
        ):
            h = F.pixel_shuffle(grow(h), 2) + skip
            for block in blocks:  # type: ignore[attr-defined]
                h = block(h, embedding)
        return F.pixel_shuffle(self.last(h), 2)
