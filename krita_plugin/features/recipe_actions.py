"""What can be done with the recipe of the active layer: made again, varied, moved, checked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields, replace
from typing import Any, Mapping

from .. import notices
from ..area import Plan
from ..core import Core, Feature, Handlers
from ..errand import Errand, MakeLayer
from ..job import Job
from ..notices import Notice
from ..panel_state import PanelState
from ..protocol.messages import Message, Verified, Verify
from ..protocol.recipes import alone, command_line
from ..recipes import summary
from ..settings import SEED_MAX, Settings
from ..studio import Pixels

KEPT_SETTINGS = {item.name for item in fields(Settings)} & {
    *("t0", "steps", "seed", "repeats", "model", "label", "prompt", "negative_prompt"),
    "guidance_scale",
}
"""What a recipe and the settings have in common."""


@dataclass(frozen=True)
class RunAgain:
    """The recipe once more, on the guide and the area as they are now."""


@dataclass(frozen=True)
class Vary:
    """The recipe with another seed."""


@dataclass(frozen=True)
class TakeSettings:
    """Put the recipe's settings into the panel."""


@dataclass(frozen=True)
class CheckRecipe:
    """Make the picture again in the backend and compare: of the layer, or of a history's entry."""

    entry: str = ""


class CheckAgain(Errand):
    """The backend makes an edit of its history again and compares."""

    reads = False

    def __init__(self, entry: str) -> None:
        self._entry = entry

    def message(self, job: Job, plan: Plan | None, pixels: Pixels | None) -> Message:  # noqa: ARG002
        return Verify(job.id, self._entry)

    def answered(self, job: Job, answer: Message) -> Notice:  # noqa: ARG002
        assert isinstance(answer, Verified)
        return notices.verified(answer.sentence, answer.is_equal)


class RecipeActions(Feature):
    """Follows the active layer."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._looked_at: tuple[int, str] = (0, "")
        self._recipe: dict[str, Any] = {}

    def handlers(self) -> Handlers:
        return {
            RunAgain: lambda _: self._begin({}),
            Vary: lambda _: self._begin({"seed": secrets.randbelow(SEED_MAX + 1)}),
            TakeSettings: lambda _: self._core.change(**_settings(self._recipe)),
            CheckRecipe: self._check,
        }

    def show(self, state: PanelState) -> PanelState:
        if not self._recipe:
            return state
        return replace(state, recipe=summary(self._recipe), command=command_line(self._recipe))

    def looked(self) -> None:
        facts = self._core.facts
        layer = (0, "") if facts is None else (facts.document, facts.layer)
        if layer != self._looked_at:
            self._looked_at = layer
            self._recipe = self._core.studio.recipe_of(*layer) if layer[1] else {}

    def ended(self, job: Job) -> None:  # noqa: ARG002
        """A layer may have come by a recipe."""
        self._looked_at = (0, "")

    def _begin(self, changes: Mapping[str, Any]) -> None:
        if self._recipe:
            self._core.begin(MakeLayer(), **{**_settings(self._recipe), **changes})

    def _check(self, command: CheckRecipe) -> None:
        entry = command.entry or str(self._recipe.get("entry", ""))
        facts = self._core.facts
        if not entry or facts is None:
            self._core.say(notices.NO_RECIPE)
            return
        self._core.begin_without_guide(CheckAgain(entry))


def _settings(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a recipe says; a seed that no field holds is left out."""
    one = alone(recipe)
    kept = {name: value for name, value in one.items() if name in KEPT_SETTINGS}
    if kept.get("seed", 0) > SEED_MAX:
        del kept["seed"]
    return kept
