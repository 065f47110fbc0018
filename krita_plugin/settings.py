"""What the artist sets, and how Krita remembers it between sessions."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

T0_MIN, T0_MAX = 0.01, 1.0
T0_BAND = (0.3, 0.6)
"""Where most guides find both: faithful and believable (Meng et al. 2022, section 4)."""
STEPS_MIN, STEPS_MAX = 1, 200
SEED_MAX = 2**31 - 1
"""The most a number field of Qt can hold."""


@dataclass(frozen=True)
class Settings:
    """One edit's settings; every value is brought into its range on creation."""

    t0: float = 0.45
    steps: int = 20
    seed: int = 0
    """The seed to use, or with ``is_seed_random`` the one used last."""
    is_seed_random: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "t0", min(max(round(self.t0, 3), T0_MIN), T0_MAX))
        object.__setattr__(self, "steps", min(max(self.steps, STEPS_MIN), STEPS_MAX))
        object.__setattr__(self, "seed", min(max(self.seed, 0), SEED_MAX))

    def to_text(self) -> dict[str, str]:
        """Name and text of each setting, as Krita's configuration keeps them."""
        return {item.name: repr(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def from_text(cls, texts: dict[str, str]) -> Settings:
        """The settings in ``texts``; what is missing or makes no sense keeps its default."""
        default = cls()
        return cls(
            t0=_number(texts.get("t0", ""), default.t0),
            steps=int(_number(texts.get("steps", ""), default.steps)),
            seed=int(_number(texts.get("seed", ""), default.seed)),
            is_seed_random=texts.get("is_seed_random", "True") != "False",
        )


def _number(text: str, default: float) -> float:
    try:
        number = float(text)
    except ValueError:
        return default
    return number if math.isfinite(number) else default
