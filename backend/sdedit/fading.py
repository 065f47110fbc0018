"""How much of an edit's change counts, so that t0 → 0 gives the guide back.

In the paper a clean picture is x(0), of noise level sigma(0) = sigma_min, and an edit runs the
reverse SDE over a time of t0: over no time, nothing changes. An edit here also takes the last step,
from sigma_min to 0, without which noise would stay in the picture; and that step takes a picture's
own detail of sigma_min's size with it, at any t0. Where sigma(t0) is hardly more than sigma_min it
is all that an edit does. So there its change is faded in.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .schedules import Schedule


def change_share(schedule: Schedule, t0: float) -> float:
    """The share of an edit's change to apply: 0 at t0 → 0, and 1 where sigma(t0) >= 2 sigma_min.

    (sigma(t0) - sigma_min) / sigma_min, at most 1: the noise that t0 adds, measured by the noise
    that counts as none. For a VE schedule from 0.02 to 50 it is 1 from t0 0.089 on.
    """
    least = schedule.sigma_min
    return min(1.0, (schedule.sigma(t0) - least) / least)


def faded(
    x0: Tensor, guide: Tensor, schedule: Schedule, t0: float, t0_map: Tensor | None = None
) -> Tensor:
    """An edit's result x0 with only as much of its change as t0 makes; the same where that is all.

    x0, guide: (1, C, H, W) on one device. t0_map: (H, W) in [0, 1], scales t0.
    """
    if t0_map is None:
        share = change_share(schedule, t0)
        return x0 if share == 1 else torch.lerp(guide, x0, share)
    levels, where = torch.unique(t0_map, return_inverse=True)
    shares = [change_share(schedule, t0 * level) for level in levels.tolist()]
    return torch.lerp(guide, x0, x0.new_tensor(shares)[where.to(x0.device)])
