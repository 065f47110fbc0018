"""What model.json may hold of a model's calibration on real pictures. Torch-free.

{…, "calibration": {"pictures": 64, "sigmas": [0.1, …], "means": [-0.9, …],
                    "deviations": [0.2, …]}}

Of each noise level: mean and standard deviation, over the pictures, of their residual, as
`calibration.residuals` measures it.
"""

from __future__ import annotations

import math
from typing import Any

from backend.models.plain_values import is_positive, is_whole

LEVELS_MOST = 64
RESIDUAL_MOST = 20.0
"""A decimal logarithm, so far beyond what any network gives."""


def calibration_problem(config: dict[str, Any]) -> str:
    """What is wrong with it, in a sentence; "" when all is right or there is none."""
    calibration = config.get("calibration")
    if calibration is None:
        return ""
    if not isinstance(calibration, dict) or not is_whole(calibration.get("pictures"), 1, 10**9):
        return "calibration must have pictures, a whole number."
    columns: list[Any] = [calibration.get(key) for key in ("sigmas", "means", "deviations")]
    if not all(isinstance(column, list) and 1 <= len(column) <= LEVELS_MOST for column in columns):
        return f"calibration must have sigmas, means and deviations, 1 to {LEVELS_MOST} each."
    sigmas, means, deviations = columns
    if not (
        len(sigmas) == len(means) == len(deviations)
        and all(map(is_positive, [*sigmas, *deviations]))
        and sigmas == sorted(set(sigmas))
        and all(isinstance(mean, float) and abs(mean) <= RESIDUAL_MOST for mean in means)
        and max(deviations) <= RESIDUAL_MOST
        and math.isfinite(sum(sigmas))
    ):
        return (
            "calibration must have as many means and deviations as sigmas, and rising sigmas above "
            "0."
        )
    return ""
