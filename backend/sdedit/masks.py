"""Masks: 1 = may change, 0 = keep to the last bit, between = blend."""

from __future__ import annotations

import torch
from torch import Tensor

from .noise import Noise
from .samplers import Constrain
from .schedules import Level, is_zero


def keep_guide(guide: Tensor, mask: Tensor, noise: Noise) -> Constrain:
    """After each step, the kept region is the guide noised to the new level (SDEdit, Algorithm 2).

    guide: (B, C, H, W); mask: (H, W) or broadcastable to the guide, in [0, 1].

    At sigma 0 no noise is drawn, and where the mask is 0 the result is the guide's very bits:
    chosen, not computed, so that -0.0 stays and a NaN from beside does not come in.

    The kept region's z is the step's own, as in the paper. Where a soft mask blends, both sides
    then share their new noise; even so the blend has less noise than the denoiser is told, 0.80
    of the variance at mask ½ and 20 steps (0.42 if the noise were independent).
    """
    mask = mask.to(guide)
    kept = mask == 0

    def constrain(x: Tensor, sigma: Level, step: int) -> Tensor:
        noised = guide if is_zero(sigma) else guide + sigma * noise(step)
        return torch.where(kept, noised, torch.lerp(noised, x, mask))

    return constrain


def check_mask(mask: Tensor, guide: Tensor) -> None:
    """Raise ValueError unless the mask fits the guide and lies in [0, 1]."""
    check_fits("mask", mask, guide)
    check_unit_range("mask", mask)


def check_fits(name: str, values: Tensor, guide: Tensor) -> None:
    """Raise ValueError unless `values` are (H, W) or broadcast to the guide (B, C, H, W)."""
    fits = values.shape[-2:] == guide.shape[-2:] and values.ndim <= guide.ndim
    if not fits or any(
        have not in (1, want) for have, want in zip(values.shape[::-1], guide.shape[::-1])
    ):
        raise ValueError(
            f"{name} has shape {tuple(values.shape)}, but must be {tuple(guide.shape[-2:])} or "
            f"broadcast to the guide's {tuple(guide.shape)}."
        )


def check_unit_range(name: str, values: Tensor) -> None:
    """Raise ValueError unless all `values` lie in [0, 1]."""
    if not bool(((values >= 0) & (values <= 1)).all()):  # False for NaN too
        raise ValueError(f"{name} has values outside its range of 0 to 1.")
