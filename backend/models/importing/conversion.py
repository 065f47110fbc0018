"""What every format's converter makes, and the renaming that most of it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from backend.models.importing.errors import ImportRefused

Weights = dict[str, Tensor]
NAMES_SHOWN = 3

ATTENTION = {"norm": "group_norm", "q": "to_q", "k": "to_k", "v": "to_v", "proj_out": "to_out.0"}
"""An attention's parts: Ho et al. 2020's names, which its heirs kept, and UNet2DModel's."""


@dataclass(frozen=True)
class Conversion:
    """A checkpoint as UNet2DModel holds it.

    format: the program it comes from. weights: by UNet2DModel's names. The rest is model.json's,
    see `unet2d_description`.
    """

    format: str
    weights: Weights
    network: dict[str, Any]
    sde: dict[str, Any]
    prediction: str = "epsilon"
    adjustments: dict[str, float] = field(default_factory=dict)
    class_names: str = ""


def renamed(weights: Weights, modules: Mapping[str, str]) -> Weights:
    """The weights by new names, where ``modules`` says what each old module is called now.

    Attention was a 1 × 1 convolution in most programs, and is linear here. Raises ImportRefused
    for weights of a module that has no new name.
    """
    strange = [name for name in weights if name.rpartition(".")[0] not in modules]
    if strange:
        raise ImportRefused(
            f"The checkpoint has weights that its architecture has no place for: {few(strange)}.",
            "It is a variant that this version cannot import.",
        )
    result = {}
    for name, value in weights.items():
        module, _, kind = name.rpartition(".")
        new = modules[module]
        is_linear = kind == "weight" and re.search(r"\.to_(q|k|v|out\.0)$", new)
        result[f"{new}.{kind}"] = value.flatten(1) if is_linear else value
    return result


def parts(theirs: str, ours: str, names: Mapping[str, str]) -> dict[str, str]:
    """The new names of one block's modules, from their names within it."""
    return {f"{theirs}.{old}": f"{ours}.{new}" for old, new in names.items()}


def shape_of(weights: Weights, name: str) -> tuple[int, ...]:
    """Raises ImportRefused where there is no such weight."""
    if name not in weights:
        raise ImportRefused(
            f"The checkpoint lacks {name}.", "It is incomplete, or a variant not known here."
        )
    return tuple(weights[name].shape)


def count(weights: Weights, numbered: str) -> int:
    """How many there are of what a pattern numbers, such as r"down\\.(\\d+)\\."."""
    numbers = [int(match[1]) for name in weights if (match := re.match(numbered, name))]
    return max(numbers, default=-1) + 1


def multiples_of(unit: int, widths: Sequence[int]) -> tuple[float, ...]:
    """The widths of levels as multiples of a unit; whole numbers where they are."""
    return tuple(width // unit if width % unit == 0 else width / unit for width in widths)


def check_first_width(width: int, of_input: int) -> None:
    """Raise ImportRefused where the first level is wider than what it is given."""
    if width != of_input:
        raise ImportRefused(
            f"The first level's width ({width}) is not that of its input ({of_input}).",
            "UNet2DModel has no such network: ch_mult must begin with 1.",
        )


def few(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    listed = list(names)
    more = len(listed) - NAMES_SHOWN
    return ", ".join(listed[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
