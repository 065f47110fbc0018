"""How many pictures, how often, and which t0 a strip has: rarely changed."""

from __future__ import annotations

from ..commands import Change
from ..i18n import _
from ..panel_state import PanelState, local_number
from ..protocol.messages import VARIANTS_MAX
from ..qt import QtWidgets
from ..settings import REPEATS_MAX, numbers_in
from ..slots import slot
from .number_field import NumberField
from .section import Row, Section, give_back_keyboard, named, show_value


class RepeatsSection(Section):
    """Variants, repeats, and the t0 of a strip."""

    is_folded = True

    def __init__(self) -> None:
        super().__init__()
        self._variants = named(NumberField(1, VARIANTS_MAX), "variants")
        self._repeats = named(NumberField(1, REPEATS_MAX), "repeats")
        self._strip_t0s = named(QtWidgets.QLineEdit(), "strip_t0s")
        self._variants.valueChanged.connect(self._variants_typed)
        self._repeats.valueChanged.connect(self._repeats_typed)
        self._strip_t0s.editingFinished.connect(self._t0s_typed)

    def rows(self) -> list[Row]:
        return [
            Row(_("Variants"), self._variants),
            Row(_("Repeats"), self._repeats),
            Row(_("Strip t0"), self._strip_t0s),
        ]

    def show_state(self, state: PanelState) -> None:
        settings = state.settings
        for field, value in (
            (self._variants, settings.variants),
            (self._repeats, settings.repeats),
        ):
            show_value(field, field.value(), field.setValue, value)
        line, text = self._strip_t0s, "  ".join(map(local_number, settings.strip_t0s))
        if not line.hasFocus():  # else it is being typed
            show_value(line, line.text(), line.setText, text)

    def take_typed(self) -> None:
        give_back_keyboard(self._variants, self._repeats)
        self._strip_t0s.clearFocus()

    @slot
    def _variants_typed(self) -> None:
        self.asked.emit(Change({"variants": self._variants.value()}))

    @slot
    def _repeats_typed(self) -> None:
        self.asked.emit(Change({"repeats": self._repeats.value()}))

    @slot
    def _t0s_typed(self) -> None:
        t0s = numbers_in(self._strip_t0s.text())
        if t0s:
            self.asked.emit(Change({"strip_t0s": t0s}))
