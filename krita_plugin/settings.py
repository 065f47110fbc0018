"""What the artist sets, and how Krita remembers it between sessions."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

T0_MIN, T0_MAX = 0.01, 1.0
T0_BAND = (0.3, 0.6)
"""Where most guides find both: faithful and believable (Meng et al. 2022, section 4)."""
STEPS_MIN, STEPS_MAX = 1, 200
GUIDANCE_MAX = 100.0
HISTORY_MB_MAX = 1_000_000
SEED_MAX = 2**31 - 1
"""The most a number field of Qt can hold."""


@dataclass(frozen=True)
class Settings:
    """All that the artist sets; every value is brought into its range on creation."""

    t0: float = 0.45
    steps: int = 20
    seed: int = 0
    """The seed to use, or with ``is_seed_random`` the one used last."""
    is_seed_random: bool = True
    model: str = "landscape"
    label: str = ""
    """The class, for models that have classes."""
    prompt: str = ""
    negative_prompt: str = ""
    guidance_scale: float = 0.0
    """How strongly the prompt counts; 0 is the model's own default."""
    backend: str = ""
    """The paired backend on another machine; "" for this machine's own."""
    device: str = "auto"
    """What this machine's backend computes on, by torch's name."""
    history_mb: int = 2048
    """How much of the disk this machine's backend may fill with earlier results."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "t0", min(max(round(self.t0, 3), T0_MIN), T0_MAX))
        object.__setattr__(self, "steps", min(max(self.steps, STEPS_MIN), STEPS_MAX))
        object.__setattr__(self, "seed", min(max(self.seed, 0), SEED_MAX))
        object.__setattr__(self, "guidance_scale", min(max(self.guidance_scale, 0.0), GUIDANCE_MAX))
        object.__setattr__(self, "history_mb", min(max(self.history_mb, 0), HISTORY_MB_MAX))

    def to_text(self) -> dict[str, str]:
        """Name and text of each setting, as Krita's configuration keeps them."""
        return {item.name: _to_text(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def from_text(cls, texts: dict[str, str]) -> Settings:
        """The settings in ``texts``; what is missing or makes no sense keeps its default."""
        default = cls()
        return cls(
            **{
                item.name: _from_text(texts.get(item.name, ""), getattr(default, item.name))
                for item in fields(cls)
            }
        )


def _to_text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _from_text(text: str, default: Any) -> Any:
    """A value of the default's type; the default itself where the text is none."""
    if not text or isinstance(default, str):
        return text or default
    if isinstance(default, bool):
        return {"True": True, "False": False}.get(text, default)
    try:
        number = float(text)
    except ValueError:
        return default
    return type(default)(number) if math.isfinite(number) else default
