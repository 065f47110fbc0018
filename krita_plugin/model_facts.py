"""What is known of a model that the backend offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ModelFacts:
    """One model, as `Welcome` tells of it."""

    name: str
    title: str
    licence: str = ""
    native_px: int = 0
    """The shorter side, in pixels, of pictures that it composes well."""
    sde: str = ""
    classes: int = 0
    takes_prompt: bool = False
    nbytes: int = 0
    """The size of its weights."""

    @property
    def size(self) -> str:
        """Of its weights, in words; "" while it is not known."""
        return f"{self.nbytes / 1e6:,.0f} MB" if self.nbytes else ""

    @property
    def scale(self) -> str:
        """Its native scale in words; "" while it is not known."""
        return f"{self.native_px} px" if self.native_px else ""

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> ModelFacts:
        """What a backend says; what it leaves out keeps its default."""
        known = {name: record[name] for name in cls.__dataclass_fields__ if name in record}
        known.setdefault("name", "")
        known.setdefault("title", known["name"])
        return cls(**known)
