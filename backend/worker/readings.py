"""What is told of a result besides its pixels: how faithful and how real it is."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from backend.models.calibration import Place, realism
from backend.models.model import Model
from backend.models.pixel_model import PixelModel
from backend.pictures.faithfulness import rms


def readings_of(
    model: Model, guide: Tensor, results: Tensor, t0s: Sequence[float], place: Place
) -> tuple[dict[str, float], ...]:
    """`protocol.messages.Result.readings` of results (B, 3, H, W) with these t0.

    guide: (1, 3, H, W), as the model saw it.
    """
    region = None if place.may_change is None else place.may_change > 0
    seen = guide[0].cpu()
    # On data in [-1, 1] a step of an 8-bit picture is 1 / 127.5.
    readings = [
        {"t0": t0, "faithfulness": round(127.5 * rms(picture.cpu().clamp(-1, 1), seen, region), 3)}
        for t0, picture in zip(t0s, results, strict=True)
    ]
    how_real = realism(model, results, place) if isinstance(model, PixelModel) else None
    for reading, value in zip(readings, how_real or (), strict=False):
        reading["realism"] = round(value, 4)
    return tuple(readings)
