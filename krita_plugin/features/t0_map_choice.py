"""Which layer's or mask's grey scales t0, for each document as long as it is open."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..panel_state import PanelState
from .feature import Feature, Handlers


@dataclass(frozen=True)
class ChooseT0Map:
    """Let this layer or mask be the active document's t0 map; "" for none."""

    layer: str


@dataclass(frozen=True)
class ListT0Maps:
    """Look which layers and masks can be one."""


class T0MapChoice(Feature):
    """The t0 map of the active document, and what else could be."""

    def handlers(self) -> Handlers:
        return {ChooseT0Map: self._choose, ListT0Maps: lambda _: self._list()}

    def looked(self) -> None:
        core, easel = self._core, self._core.easel()
        layer = easel.choices.t0_map
        if core.facts is not None and layer:
            is_gone = not core.studio.has_layer(core.facts.document, layer)
            easel.choices = replace(easel.choices, is_t0_map_gone=is_gone)

    def show(self, state: PanelState) -> PanelState:
        easel = self._core.easel()
        return replace(state, t0_map=easel.choices.t0_map, t0_map_layers=easel.t0_map_layers)

    def _list(self) -> None:
        self._core.look()  # another document may be active by now
        facts, easel = self._core.facts, self._core.easel()
        if facts is not None:
            found = tuple(self._core.studio.layers(facts.document))
            identities = [layer.identity for layer in found]
            # One that is gone may come back by undo.
            gone = [
                layer
                for layer in easel.t0_map_layers
                if layer.identity == easel.choices.t0_map and layer.identity not in identities
            ]
            easel.t0_map_layers = (*found, *gone)

    def _choose(self, command: ChooseT0Map) -> None:
        easel = self._core.easel()
        easel.choices = replace(easel.choices, t0_map=command.layer, is_t0_map_gone=False)
        self.looked()
