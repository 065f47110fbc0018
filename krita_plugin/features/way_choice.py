"""Which of the three ways an edit goes: found out from the layer, or chosen for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..panel_state import PanelState
from ..ways import Way, possible_ways, settings_for, way_of
from .feature import Feature, Handlers


@dataclass(frozen=True)
class ChooseWay:
    """Edit the active layer in this way from now on."""

    way: Way


class WayChoice(Feature):
    """The way of the active layer, with the t0 that goes with it."""

    def handlers(self) -> Handlers:
        return {ChooseWay: self._choose}

    def looked(self) -> None:
        self._core.settings = settings_for(self._core.settings, self._way() or Way.REFINE)

    def show(self, state: PanelState) -> PanelState:
        facts = self._core.facts
        possible = () if facts is None else possible_ways(facts, self._core.choices())
        return replace(state, way=self._way(), possible_ways=possible)

    def _way(self) -> Way | None:
        facts = self._core.facts
        return None if facts is None else way_of(facts, self._core.choices())

    def _choose(self, command: ChooseWay) -> None:
        self._core.look()  # another layer may be active by now
        facts, easel = self._core.facts, self._core.easel()
        if facts is not None:
            easel.choices = easel.choices.with_way(facts.layer, command.way)
            self.looked()
