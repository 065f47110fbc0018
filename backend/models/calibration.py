"""How a model's residual tells a real picture from a flat one.

The residual of a picture x at a noise level is what the network's estimate misses of it,

    r(sigma) = log10 mean((D(x + sigma z; sigma) - x)²) - 2 log10 sigma,

at the model's native scale. Of broad flat strokes next to nothing is missed, of a real picture its
fine detail, which noise hides and no network can know. A calibration holds, for a few levels, mean
and deviation of r over real pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from backend.models.catalogue import ModelError
from backend.models.condition import NOTHING, Condition
from backend.models.pixel_model import PixelModel, View
from backend.sdedit.noise import canvas_noise
from backend.sdedit.scales import plan_scales, resized
from protocol.bounds import Bounds

SIGMAS = (0.1, 0.2)
"""The levels that a calibration measures, in units of pictures in [-1, 1]. Photographs and flat
strokes are far apart there, and results of all t0 in order."""
REALISM_SIGMA = 0.1
"""The one that tells how real a result is, for one evaluation."""
LEAST = 1e-12
"""Of a mean square: a picture of one colour may be estimated without any error."""


class NotCalibrated(ModelError):
    """The model cannot tell how real a picture is."""

    code = "not-calibrated"


@dataclass(frozen=True)
class Calibration:
    """Mean and deviation of r over real pictures, at each of the sigmas."""

    sigmas: tuple[float, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]

    @classmethod
    def of(cls, config: dict[str, Any]) -> Calibration | None:
        """That of a model.json, if it has one."""
        found = config.get("calibration")
        if found is None:
            return None
        return cls(*(tuple(found[name]) for name in ("sigmas", "means", "deviations")))

    def deviation(self, residuals: Tensor, sigmas: Sequence[float]) -> Tensor:
        """(B,): how far pictures are from the real ones' mean, in their standard deviations.

        residuals: (B, len(sigmas)), of some of the calibration's own levels.
        """
        places = [self.sigmas.index(sigma) for sigma in sigmas]
        means = residuals.new_tensor([self.means[i] for i in places])
        deviations = residuals.new_tensor([self.deviations[i] for i in places])
        return ((residuals - means) / deviations).mean(dim=1)


@dataclass(frozen=True)
class Place:
    """Where pictures lie on the canvas, what of them counts, and what they should show.

    may_change: (H, W), the pixels above 0 count; None for all.
    """

    window: Bounds
    canvas_height: int
    may_change: Tensor | None = None
    condition: Condition = NOTHING

    @classmethod
    def whole(cls, height: int, width: int) -> Place:
        return cls(Bounds(0, 0, width, height), height)


@torch.no_grad()
def residuals(model: PixelModel, pictures: Tensor, sigmas: Sequence[float], place: Place) -> Tensor:
    """r of pictures (B, 3, H, W) at each level: (B, len(sigmas)), one evaluation for each level.

    The noise is the same whatever the pictures are, so that they can be compared.
    """
    height, width = pictures.shape[-2:]
    scale, *_ = plan_scales(
        height,
        width,
        model.native_px,
        model.schedule,
        1.0,
        1,
        is_enlarged=model.composes_at_native,
    )
    x0 = resized(pictures.to(model.device), scale.height, scale.width)
    view = View(
        top=place.window.y / place.canvas_height,
        bottom=place.window.bottom / place.canvas_height,
        picture_height=place.canvas_height / 2**scale.halvings,
    )
    denoiser = model.denoiser(view, place.condition)
    weight = x0.new_ones(x0.shape[-2:])
    if place.may_change is not None:
        counted = (place.may_change > 0).float().cpu()
        weight = F.adaptive_avg_pool2d(counted[None], (scale.height, scale.width))[0].to(x0)
    noise = canvas_noise(0, 0, 0, 0, scale.width, scale.height, device=x0.device)
    found = []
    for sigma in sigmas:
        missed = denoiser(x0 + sigma * noise, x0.new_tensor(sigma)) - x0
        square = (missed.square().mean(dim=1) * weight).sum(dim=(1, 2)) / weight.sum()
        found.append(square.clamp(min=LEAST).log10() - 2 * math.log10(sigma))
    return torch.stack(found, dim=1)


def realism(model: PixelModel, pictures: Tensor, place: Place) -> list[float] | None:
    """How real each picture is to the model, from 0 to 1; None without a calibration.

    exp(-d² / 2), where d is how many standard deviations its residual is from that of real
    pictures. Half of those have more than 0.8.
    """
    calibration = Calibration.of(model.info.config)
    if calibration is None:
        return None
    found = residuals(model, pictures, [REALISM_SIGMA], place)
    deviation = calibration.deviation(found, [REALISM_SIGMA])
    values: list[float] = (-deviation.square() / 2).exp().tolist()
    return values


def calibrate(model: PixelModel, pictures: Sequence[Tensor]) -> dict[str, Any]:
    """The "calibration" of a model.json, from real pictures (3, H, W) in [-1, 1] of any sizes."""
    found = torch.cat(
        [
            residuals(model, picture[None], SIGMAS, Place.whole(*picture.shape[-2:]))
            for picture in pictures
        ]
    ).double()
    deviations = found.std(dim=0, correction=0).clamp(min=0.01)
    return {
        "pictures": len(pictures),
        "sigmas": list(SIGMAS),
        "means": [round(mean, 4) for mean in found.mean(dim=0).tolist()],
        "deviations": [round(deviation, 4) for deviation in deviations.tolist()],
    }
