"""Which model makes the picture, and the words for models that take words."""

from __future__ import annotations

from ..commands import Change
from ..features.model_choice import ChooseModel
from ..i18n import _
from ..model_facts import ModelFacts
from ..panel_state import PanelState
from ..qt import QtWidgets
from ..settings import GUIDANCE_MAX
from ..slots import slot
from .chooser import Chooser
from .labels import small_label
from .section import Row, Section, give_back_keyboard, named, show_value


class ModelSection(Section):
    """Seen only where there is a choice: more than one model, or one that can be told things."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[ModelFacts, ...] = ()
        self._models = named(Chooser(), "model")
        self._facts = small_label("")
        self._facts.setWordWrap(True)
        self._label = _line("label")
        self._prompt = _line("prompt")
        self._negative_prompt = _line("negative_prompt")
        self._guidance = named(QtWidgets.QDoubleSpinBox(), "guidance_scale")
        self._guidance.setRange(0.0, GUIDANCE_MAX)
        self._guidance.setSingleStep(0.5)
        self._guidance.setDecimals(1)
        self._guidance.setSpecialValueText(_("Model's own"))
        self._guidance.setKeyboardTracking(False)
        self._models.activated.connect(self._chosen)
        for line in self._lines:
            line.editingFinished.connect(self._typed)
        self._guidance.valueChanged.connect(self._guided)

    @property
    def _lines(self) -> tuple[QtWidgets.QLineEdit, ...]:
        return self._label, self._prompt, self._negative_prompt

    def rows(self) -> list[Row]:
        chooser = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(chooser)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self._models)
        column.addWidget(self._facts)
        self._chooser_row = Row(_("Model"), chooser, self._models, is_at_top=True)
        self._label_row = Row(_("Class"), self._label)
        self._prompt_rows = [
            Row(_("Prompt"), self._prompt),
            Row(_("Without"), self._negative_prompt),
            Row(_("Weight"), self._guidance),
        ]
        return [self._chooser_row, self._label_row, *self._prompt_rows]

    def show_state(self, state: PanelState) -> None:
        settings, model = state.settings, state.model
        if state.models != self._shown:
            self._shown = state.models
            self._models.clear()
            for item in state.models:
                self._models.addItem(item.title, item.name)
        self._models.show_chosen(settings.model)
        self._facts.setText(facts_in_words(model))
        for line, text in zip(
            self._lines, (settings.label, settings.prompt, settings.negative_prompt)
        ):
            if not line.hasFocus():  # else it is being typed
                show_value(line, line.text(), line.setText, text)
        guidance = self._guidance
        show_value(guidance, guidance.value(), guidance.setValue, settings.guidance_scale)
        self._chooser_row.want(len(state.models) > 1)
        self._label_row.want(model.classes > 0)
        for row in self._prompt_rows:
            row.want(model.takes_prompt)

    def take_typed(self) -> None:
        give_back_keyboard(self._guidance)
        for line in self._lines:
            line.clearFocus()

    @slot
    def _chosen(self) -> None:
        self.asked.emit(ChooseModel(str(self._models.currentData())))

    @slot
    def _typed(self) -> None:
        texts = (line.text().strip() for line in self._lines)
        names = ("label", "prompt", "negative_prompt")
        self.asked.emit(Change(dict(zip(names, texts))))

    @slot
    def _guided(self) -> None:
        self.asked.emit(Change({"guidance_scale": self._guidance.value()}))


def facts_in_words(model: ModelFacts) -> str:
    """Licence, size, native scale and SDE in one line; what is not known is left out."""
    parts = [model.licence, model.size, model.scale, f"{model.sde}-SDE" if model.sde else ""]
    return " · ".join(part for part in parts if part)


def _line(name: str) -> QtWidgets.QLineEdit:
    line = named(QtWidgets.QLineEdit(), name)
    line.setMaxLength(1000)
    return line  # type: ignore[no-any-return]
