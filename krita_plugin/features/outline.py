"""What an edit would change, and what the model would look at, shown on the canvas when asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..area import NothingToEdit, plan_edit
from ..core import Core
from ..gallery import OnCanvas
from ..panel_state import PanelState
from .feature import Feature, Handlers


@dataclass(frozen=True)
class PointAtArea:
    """The pointer rests where the panel speaks of the area, or has gone."""

    is_there: bool


class Outline(Feature):
    """Shown as long as the pointer is there, and as the area is by then.

    Once an edit has begun the artist wants to see the picture: then the pointer must come anew.
    """

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self._is_wanted = False

    def handlers(self) -> Handlers:
        return {PointAtArea: self._point}

    def show(self, state: PanelState) -> PanelState:
        self._is_wanted = self._is_wanted and not state.is_working
        if not self._is_wanted:
            return state
        try:
            plan = plan_edit(self._core.facts, self._core.choices())
        except NothingToEdit:
            return state
        seen = state.on_canvas or OnCanvas()
        return replace(state, on_canvas=replace(seen, area=plan.area, context=plan.window))

    def _point(self, command: PointAtArea) -> None:
        self._is_wanted = command.is_there
