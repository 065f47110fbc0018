"""model.json of kind "landscape-unet". Torch-free.

{…, "sigma_data": 0.5, "sde": {"kind": "ve", "sigma_min": …, "sigma_max": …},
 "network": {"widths": […], "blocks": 2, "middle": 4}, "training": {…}}

and maybe "noise_weights": {"grey": …, "colour": …}, each from above 0 to 2.
"""

from __future__ import annotations

from typing import Any

from backend.models.plain_values import is_positive, is_whole

WIDTH_MOST, BLOCKS_MOST = 1024, 32
"""Of a network: far beyond what edits in bearable time, and too little to fill a memory."""


def problem(config: dict[str, Any]) -> str:
    """What is wrong with it, in a sentence; "" when all is right."""
    sde, network = config.get("sde"), config.get("network")
    if not is_positive(config.get("sigma_data")) or not 0.01 <= config["sigma_data"] <= 100:
        return "sigma_data must be a number from 0.01 to 100."
    if not (
        isinstance(sde, dict)
        and sde.get("kind") == "ve"
        and is_positive(sde.get("sigma_min"))
        and is_positive(sde.get("sigma_max"))
        and sde["sigma_min"] < sde["sigma_max"]
    ):
        return 'sde must be of kind "ve", with sigma_min above 0 and sigma_max above that.'
    weights = config.get("noise_weights", {"grey": 1, "colour": 1})
    if not (
        isinstance(weights, dict)
        and weights.keys() == {"grey", "colour"}
        and all(is_positive(weight) and weight <= 2 for weight in weights.values())
    ):
        return "noise_weights must have grey and colour, each above 0 and at most 2."
    if not (
        isinstance(network, dict)
        and isinstance(network.get("widths"), list)
        and 1 <= len(network["widths"]) <= 8
        and all(is_whole(width, 1, WIDTH_MOST) for width in network["widths"])
        and all(is_whole(network.get(key), 0, BLOCKS_MOST) for key in ("blocks", "middle"))
    ):
        return (
            f"network must have widths of 1 to {WIDTH_MOST}, and blocks and middle of at most "
            f"{BLOCKS_MOST}."
        )
    return ""
