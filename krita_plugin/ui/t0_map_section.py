"""The t0 map: a layer or mask of the document whose grey scales t0."""

from __future__ import annotations

from ..features.t0_map_choice import ChooseT0Map, ListT0Maps
from ..i18n import _
from ..panel_state import PanelState
from ..qt import QtCore
from ..slots import slot
from ..studio import NamedLayer
from . import texts
from .chooser import Chooser
from .section import Row, Section, named


class LayerChooser(Chooser):
    """Its list is looked up when it is about to open."""

    opening = QtCore.pyqtSignal()

    @slot
    def showPopup(self) -> None:  # noqa: N802
        """Qt's call when the list opens."""
        self.opening.emit()
        super().showPopup()


class T0MapSection(Section):
    """Rarely needed: under More."""

    is_folded = True

    def __init__(self) -> None:
        super().__init__()
        self._layers = named(LayerChooser(), "t0_map")
        self._layers.addItem(texts.NO_T0_MAP, "")
        self._shown: tuple[NamedLayer, ...] = ()
        self._layers.opening.connect(self._opening)
        self._layers.activated.connect(self._chosen)

    def rows(self) -> list[Row]:
        return [Row(_("t0 map"), self._layers)]

    def show_state(self, state: PanelState) -> None:
        if state.t0_map_layers != self._shown:
            self._shown = state.t0_map_layers
            self._layers.clear()
            self._layers.addItem(texts.NO_T0_MAP, "")
            for layer in self._shown:
                self._layers.addItem(layer.name, layer.identity)
        self._layers.show_chosen(state.t0_map)
        self._layers.setEnabled(state.way is not None)

    @slot
    def _opening(self) -> None:
        self.asked.emit(ListT0Maps())

    @slot
    def _chosen(self) -> None:
        self.asked.emit(ChooseT0Map(str(self._layers.currentData())))
