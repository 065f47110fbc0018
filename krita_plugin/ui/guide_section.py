"""What will be edited: the guide and the area, in words."""

from __future__ import annotations

from ..panel_state import PanelState
from . import texts
from .labels import ElidedLabel
from .section import Row, Section, named


class GuideSection(Section):
    """Two lines that follow the document."""

    def __init__(self) -> None:
        super().__init__()
        self._guide = named(ElidedLabel(), "guide")
        self._area = named(ElidedLabel(), "area")

    def rows(self) -> list[Row]:
        return [Row("Guide", self._guide), Row("Area", self._area)]

    def show_state(self, state: PanelState) -> None:
        for name, label, text in (
            ("guide", self._guide, state.guide),
            ("area", self._area, state.area),
        ):
            label.setText(text)
            label.setToolTip(f"{text}\n\n{texts.TIPS[name]}")
