"""What an edit comes down to in any model's space: scales, seeds, place, and what may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from backend.models.edit import Edit
from backend.sdedit.ode_t0 import ode_t0
from backend.sdedit.samplers import ODE_SAMPLERS
from backend.sdedit.scales import DEFAULT_REFINEMENT, Refinement, Scale, plan_scales
from backend.sdedit.schedules import Grid, Schedule
from backend.sdedit.t0_maps import release_levels
from protocol.bounds import Bounds


class Composer(Protocol):
    """What of a model shapes the plan of an edit.

    native_px: the shorter side of pictures it composes well. data_std: standard deviation of its
    data. grid: of the schedule its solver likes. composes_at_native: whether a picture below the
    native size is enlarged for it.
    """

    @property
    def native_px(self) -> int: ...

    @property
    def data_std(self) -> float: ...

    @property
    def schedule(self) -> Schedule: ...

    @property
    def grid(self) -> Grid: ...

    @property
    def composes_at_native(self) -> bool: ...


@dataclass(frozen=True, eq=False)
class EditPlan:
    """The arguments of `sdedit_coarse_to_fine` that do not depend on the guide's pixels.

    Of mask and release at most one is given, (H, W); release for several t0 (B, 1, H, W).
    """

    scales: list[Scale]
    seeds: list[int]
    x: int
    y: int
    mask: Tensor | None
    release: Tensor | None


def plan_edit(
    model: Composer,
    window: Bounds,
    edit: Edit,
    refinement: Refinement = DEFAULT_REFINEMENT,
) -> EditPlan:
    """Plan an edit of this window of the canvas.

    Raises ValueError for what is out of range.
    """
    t0s = edit.t0 if isinstance(edit.t0, Sequence) else [edit.t0]
    if len(t0s) > 1 and edit.variants > 1:
        raise ValueError(f"variants is {edit.variants}, but must be 1 with several t0.")
    if edit.sampler in ODE_SAMPLERS:
        t0s = [ode_t0(model.schedule, each, model.data_std) for each in t0s]
    scales = plan_scales(
        window.height,
        window.width,
        model.native_px,
        model.schedule,
        t0s if isinstance(edit.t0, Sequence) else t0s[0],
        edit.steps,
        refinement,
        grid=model.grid,
        is_enlarged=model.composes_at_native,
    )
    mask, t0_map, release = edit.mask, edit.t0_map, None
    if t0_map is not None:
        may_change = t0_map if mask is None else torch.where(mask > 0, t0_map, 0.0)
        each_release = [release_levels(model.schedule, each, may_change) for each in t0s]
        release = torch.stack(each_release)[:, None] if len(t0s) > 1 else each_release[0]
        mask = None
    seeds = seeds_of(edit.seed, edit.variants)
    return EditPlan(scales, seeds, window.x, window.y, mask, release)


def seeds_of(seed: int, variants: int) -> list[int]:
    """The seeds of an edit's variants; beyond the greatest they go on at 0.

    Raises ValueError if there is no variant.
    """
    if variants < 1:
        raise ValueError(f"variants is {variants}, but must be 1 or more.")
    return [(seed + i) % 2**64 if seed >= 0 else seed for i in range(variants)]
