"""What the panel keeps for each document while it is open: its last edit, its pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

from .comparison import Comparison
from .gallery import Gallery
from .notices import Notice
from .past_results import PastResult
from .protocol.images import Image
from .studio import NamedLayer
from .ways import Choices


@dataclass(eq=False)
class Easel:
    """One document's."""

    notice: Notice | None = None
    """What its last job came to; it stays until the artist goes on."""
    preview: Image | None = None
    """RGBA U8: the picture that forms, or that became a layer last."""
    choices: Choices = field(default_factory=Choices)
    t0_map_layers: tuple[NamedLayer, ...] = ()
    """What can be a t0 map, when it was looked up last."""
    gallery: Gallery | None = None
    comparison: Comparison | None = None
    t0s: Mapping[str, Any] = field(default_factory=dict)
    """The settings of t0 that go with the document, while another one is active."""
    history: tuple[PastResult, ...] = ()
    """Of the pages that were looked at, the newest first."""
    has_more_history: bool = False
    frames: tuple[int, int] | None = None
    """The range of frames that the artist has chosen; None for that which is played."""
    made: str = ""
    """The layer that the last job made, while the panel speaks of it; "" for none."""

    def forget_last(self) -> None:
        """Say no more of the last job."""
        self.notice, self.preview, self.made = None, None, ""


class Easels:
    """Those of all documents."""

    def __init__(self) -> None:
        self._easels: dict[int, Easel] = {}
        self._of_none = Easel()

    def of(self, document: int | None) -> Easel:
        """A document's; None: for what is to be said while no document is open."""
        return self._of_none if document is None else self._easels.setdefault(document, Easel())

    def drop(self, document: int) -> None:
        """The document is closed."""
        self._easels.pop(document, None)

    def drop_closed(self, is_open: Callable[[int], bool]) -> None:
        """Those whose documents are closed."""
        self._easels = {number: kept for number, kept in self._easels.items() if is_open(number)}
