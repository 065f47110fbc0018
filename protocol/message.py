"""What all messages have in common."""

from __future__ import annotations

from dataclasses import dataclass, fields

from .fields import check_of


@dataclass(frozen=True)
class Message:
    """Base of all messages: checks every field against its range on creation.

    Raises InvalidValue, naming field, value and allowed range.
    """

    def __post_init__(self) -> None:
        for item in fields(self):
            checked = check_of(item)(item.name, getattr(self, item.name))
            object.__setattr__(self, item.name, checked)
