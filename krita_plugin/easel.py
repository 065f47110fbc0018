"""What the panel keeps for one document while it is open: its last edit, its pictures."""

from __future__ import annotations

from dataclasses import dataclass

from .notices import Notice
from .protocol.images import Image


@dataclass(eq=False)
class Easel:
    """One document's."""

    notice: Notice | None = None
    """What its last job came to; it stays until the artist goes on."""
    preview: Image | None = None
    """RGBA U8: the picture that forms, or that became a layer last."""
    made: str = ""
    """The layer that the last job made, while the panel speaks of it; "" for none."""

    def forget_last(self) -> None:
        """Say no more of the last job."""
        self.notice, self.preview, self.made = None, None, ""
