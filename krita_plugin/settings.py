"""What the artist sets, and how Krita remembers it between sessions."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields
from typing import Any

from .protocol.messages import VARIANTS_MAX

T0_MIN, T0_MAX = 0.01, 1.0
T0_BAND = (0.3, 0.6)
"""Where most guides find both: faithful and believable (Meng et al. 2022, section 4)."""
STEPS_MIN, STEPS_MAX = 1, 200
REPEATS_MAX = 20
GUIDANCE_MAX = 100.0
HISTORY_MB_MAX = 1_000_000
GUIDES = BELOW, ALONE, VISIBLE = "below", "alone", "visible"
"""The active layer and all below it; that layer alone; all that is visible."""
ABOVE, INSTEAD, INTO_GROUP = "above", "instead", "group"
"""Places of a result: right above its guide; the same, in place of the result that is there; or
there in a group of its own."""
SEED_MAX = 2**31 - 1
"""The most a number field of Qt can hold."""


@dataclass(frozen=True)
class Settings:
    """All that the artist sets; every value is brought into its range on creation."""

    t0: float = 0.45
    is_blending: bool = False
    """Whether t0 is the one for blending a layer in; the two change places."""
    other_t0: float = 0.25
    """The one that is not in use."""
    guide: str = BELOW
    """What the model is shown: one of `GUIDES`."""
    strip_t0s: tuple[float, ...] = (0.25, 0.35, 0.45, 0.55, 0.65)
    """The t0 of a strip's pictures, in order."""
    variants: int = 1
    """How many pictures Generate makes, of seed, seed + 1, …"""
    repeats: int = 1
    """How often noise is added and taken away again (the paper's K)."""
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
    live_steps: int = 8
    """Steps of a live refinement."""
    is_live_on_canvas: bool = True
    """Whether live results are shown over the canvas, too."""
    place: str = ABOVE
    """Where results come: ABOVE, INSTEAD or INTO_GROUP."""
    is_marked: bool = True
    """Whether results carry the invisible mark that says "generated"."""
    backend: str = ""
    """The paired backend on another machine; "" for this machine's own."""
    device: str = "auto"
    """What this machine's backend computes on, by torch's name."""
    history_mb: int = 2048
    """How much of the disk this machine's backend may fill with earlier results."""

    def __post_init__(self) -> None:
        for name in ("t0", "other_t0"):
            t0 = min(max(round(getattr(self, name), 3), T0_MIN), T0_MAX)
            object.__setattr__(self, name, t0)
        t0s = {min(max(round(t0, 3), T0_MIN), T0_MAX) for t0 in self.strip_t0s}
        in_order = tuple(sorted(t0s)[:VARIANTS_MAX]) or type(self).strip_t0s
        object.__setattr__(self, "strip_t0s", in_order)
        object.__setattr__(self, "variants", min(max(self.variants, 1), VARIANTS_MAX))
        object.__setattr__(self, "repeats", min(max(self.repeats, 1), REPEATS_MAX))
        if self.guide not in GUIDES:
            object.__setattr__(self, "guide", BELOW)
        object.__setattr__(self, "steps", min(max(self.steps, STEPS_MIN), STEPS_MAX))
        object.__setattr__(self, "live_steps", min(max(self.live_steps, STEPS_MIN), STEPS_MAX))
        object.__setattr__(self, "seed", min(max(self.seed, 0), SEED_MAX))
        object.__setattr__(self, "guidance_scale", min(max(self.guidance_scale, 0.0), GUIDANCE_MAX))
        object.__setattr__(self, "history_mb", min(max(self.history_mb, 0), HISTORY_MB_MAX))

    def serve_arguments(self) -> list[str]:
        """What this machine's backend is started with."""
        return ["--device", self.device, "--history-budget", f"{self.history_mb}M"]

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
    if isinstance(value, tuple):
        return " ".join(map(repr, value))
    return value if isinstance(value, str) else repr(value)


def _from_text(text: str, default: Any) -> Any:
    """A value of the default's type; the default itself where the text is none."""
    if not text or isinstance(default, str):
        return text or default
    if isinstance(default, bool):
        return {"True": True, "False": False}.get(text, default)
    if isinstance(default, tuple):
        return numbers_in(text) or default
    try:
        number = float(text)
    except ValueError:
        return default
    return type(default)(number) if math.isfinite(number) else default


def numbers_in(text: str) -> tuple[float, ...]:
    """The numbers in a text, however they are separated; none if anything in it is no number.

    Commas inside words are decimal points where there are no others: "0,25 0,35".
    """
    apart = re.sub(r",(?=\s|$)", " ", text)
    apart = apart.replace(",", " " if "." in apart else ".")
    try:
        found = tuple(float(word) for word in apart.split())
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()
