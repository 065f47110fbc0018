"""The base of all features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ..jobs.job import Job
from ..panel_state import PanelState
from ..protocol.messages import Message

if TYPE_CHECKING:
    from ..core import Core

Handlers = dict[type, Callable[[Any], None]]
"""For each kind of command, who does it."""


class Feature:
    """The base of what the panel offers beyond making one layer."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def handlers(self) -> Handlers:
        """The commands that it does."""
        return {}

    def show(self, state: PanelState) -> PanelState:
        """The state with what the feature has to show."""
        return state

    @property
    def is_lively(self) -> bool:
        """Whether `tick` should come ten times a second rather than once."""
        return False

    def looked(self) -> None:
        """The document was looked at."""

    def ended(self, job: Job) -> None:
        """A job is over."""

    def hear(self, message: Message) -> None:
        """The backend says something that is of no job."""

    def tick(self) -> None:
        """Do what is due."""

    def close(self) -> None:
        """Krita ends."""
