"""Which model makes the picture, and what it can be told."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..model_facts import ModelFacts
from ..panel_state import PanelState
from .feature import Feature, Handlers


@dataclass(frozen=True)
class ChooseModel:
    """Make pictures with this model from now on."""

    name: str


class ModelChoice(Feature):
    """The backend's models, and the one that is chosen."""

    def handlers(self) -> Handlers:
        return {ChooseModel: self._choose}

    def show(self, state: PanelState) -> PanelState:
        return replace(state, models=self._models())

    def _models(self) -> tuple[ModelFacts, ...]:
        """The backend's; before it has told of any, the chosen one alone."""
        told = tuple(ModelFacts.from_record(record) for record in self._core.link.models)
        chosen = self._core.settings.model
        return told or (ModelFacts(chosen, chosen.capitalize()),)

    def _choose(self, command: ChooseModel) -> None:
        changes: dict[str, object] = {"model": command.name}
        (chosen,) = [model for model in self._models() if model.name == command.name]
        # What the model cannot be told would be refused.
        if not chosen.takes_prompt:
            changes.update(prompt="", negative_prompt="", guidance_scale=0.0)
        if not chosen.classes:
            changes.update(label="")
        self._core.change(**changes)
