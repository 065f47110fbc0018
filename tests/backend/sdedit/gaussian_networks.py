"""Networks that are exact for Gaussian data, one of each kind of prediction."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from backend.sdedit.vp_schedules import TimestepSchedule

MEAN, VARIANCE = -0.2, 0.09


def prediction_of(kind: str, x: Tensor, alpha: Tensor | float, sigma_x: Tensor | float) -> Tensor:
    """What a perfect network says of x = alpha x0 + sigma_x z, with x0 ~ N(MEAN, VARIANCE).

    x is N(alpha MEAN, alpha² VARIANCE + sigma_x²): all follows from that density's gradient.
    """
    score = -(x - alpha * MEAN) / (alpha**2 * VARIANCE + sigma_x**2)
    epsilon = -sigma_x * score
    x0 = (x + sigma_x**2 * score) / alpha  # Tweedie's formula
    kinds = {"score": score, "epsilon": epsilon, "x0": x0, "v": alpha * epsilon - sigma_x * x0}
    return kinds[kind]


def timestep_network(kind: str, schedule: TimestepSchedule) -> Callable[[Tensor, Tensor], Tensor]:
    """A network told the timestep (B,); it looks alpha and sigma_x up for itself."""

    def network(x: Tensor, timestep: Tensor) -> Tensor:
        times = (timestep.double() / (schedule.timesteps - 1)).tolist()
        start = getattr(schedule, "s_min", 0.0)
        alphas, sigmas = zip(
            *(
                (schedule.alpha(t), schedule.alpha(t) * schedule.sigma(t))
                for t in ((time - start) / (1 - start) for time in times)
            ),
            strict=True,
        )
        alpha = x.new_tensor(alphas).reshape(-1, 1, 1, 1)
        sigma_x = x.new_tensor(sigmas).reshape(-1, 1, 1, 1)
        return prediction_of(kind, x, alpha, sigma_x)

    return network


def sigma_network(kind: str) -> Callable[[Tensor, Tensor], Tensor]:
    """A VE network told sigma (B,)."""
    return lambda x, sigma: prediction_of(kind, x, 1.0, sigma.reshape(-1, 1, 1, 1))
