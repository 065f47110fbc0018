"""Whether a converted checkpoint is just what its network takes."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from backend.models.importing.conversion import Conversion, Weights, few
from backend.models.importing.errors import ImportRefused
from backend.models.unet2d_network import CannotBuild, build_network


def check_fits(conversion: Conversion) -> None:
    """Raise ImportRefused unless the network takes the weights: all of them, and no others."""
    try:
        network = build_network(conversion.network, conversion.adjustments)
    except CannotBuild as error:
        raise ImportRefused(
            f"diffusers' UNet2DModel has no such network ({error}).",
            "It is a variant that this version cannot import.",
        ) from error
    wanted = {name: value.shape for name, value in network.state_dict().items()}
    found = {name: value.shape for name, value in conversion.weights.items()}
    _refuse("lacks weights", wanted.keys() - found.keys())
    _refuse("has weights with no place", found.keys() - wanted.keys())
    _refuse("has weights of the wrong shape", {n for n in wanted if found[n] != wanted[n]})


def check_finite(weights: Weights) -> None:
    """Raise ImportRefused where a weight is infinite, not a number, or no real number at all."""
    _refuse("has weights that are not finite", {n for n in weights if not _is_finite(weights[n])})


def _is_finite(value: Tensor) -> bool:
    return value.is_floating_point() and bool(value.isfinite().all())


def _refuse(problem: str, names: Iterable[str]) -> None:
    listed = sorted(names)
    if listed:
        raise ImportRefused(
            f"The checkpoint {problem}: {few(listed)}.",
            "It is incomplete or damaged, or a variant that this version cannot import.",
        )
