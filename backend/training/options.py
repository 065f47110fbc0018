"""What shapes a training, and how the learning rate goes."""

from __future__ import annotations

from dataclasses import dataclass

LARGER_BATCHES = {"cuda": 16, "mps": 4}
"""Of kinds of devices that a CPU's batches of 16 crops of 64 px would leave idle; elsewhere 1."""


@dataclass(frozen=True)
class TrainingOptions:
    """Everything that shapes a training run; stored with the model so it can be repeated."""

    minutes: float = 10.0
    """By the clock, measuring and saving included; a resumed run's earlier minutes count."""
    seed: int = 0
    widths: tuple[int, ...] = (64, 128, 256)
    blocks: int = 2
    middle: int = 4
    sigma_data: float = 0.5
    sigma_min: float = 0.01
    sigma_max: float = 50.0
    learning_rate: float = 1.5e-3
    warmup_steps: int = 150
    decay_from: float = 0.3
    ema: float = 0.999
    weight_decay: float = 1e-2
    larger_batches: int = 1


def learning_rate_at(step: int, fraction: float, options: TrainingOptions) -> float:
    """Linear warm-up in steps, then linear decay in time from ``decay_from`` to the end."""
    warm = min(1.0, (step + 1) / options.warmup_steps)
    decay = (1 - fraction) / (1 - options.decay_from)
    return options.learning_rate * warm * min(1.0, max(0.01, decay))
