"""What an artist can ask for, in the panel or by a shortcut: one frozen value each.

A feature brings its own commands with it; these are the core's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Generate:
    """Begin an edit with what document and settings are now, after those under way."""


@dataclass(frozen=True)
class Cancel:
    """Give up the oldest job of the active document."""


@dataclass(frozen=True)
class Press:
    """The button: Generate, or Cancel while a job of the active document is under way."""


@dataclass(frozen=True)
class GoToPanel:
    """Work the panel by the keyboard; it never comes to the core."""


@dataclass(frozen=True)
class Change:
    """Change settings by name."""

    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ReachFor:
    """The artist's hand comes near the panel."""
