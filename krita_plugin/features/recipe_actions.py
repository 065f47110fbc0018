"""What can be done with the recipe of the active layer: made again, varied, moved, checked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields, replace
from pathlib import PurePath
from typing import Any, Mapping

from .. import notices
from ..area import Plan
from ..core import Core
from ..jobs.errand import Errand, MakeLayer, layer_name
from ..jobs.job import Job
from ..notices import Notice
from ..panel_state import PanelState
from ..protocol.errors import SDEditError
from ..protocol.messages import Message, Verified, Verify
from ..protocol.recipes import alone, command_line, recipe_text
from ..recipes import summary
from ..settings import SEED_MAX, Settings
from ..studio import Pixels
from ..ways import Place, Way
from .feature import Feature, Handlers

KEPT_SETTINGS = {item.name for item in fields(Settings)} & {
    *("t0", "steps", "seed", "repeats", "model", "label", "prompt", "negative_prompt"),
    "guidance_scale",
}
"""What a recipe and the settings have in common."""


@dataclass(frozen=True)
class RunAgain:
    """The recipe once more where it was used, on the guide's layer as it is now."""


@dataclass(frozen=True)
class Vary:
    """The same with another seed."""


@dataclass(frozen=True)
class RunOnSelection:
    """The recipe on what is selected now."""


@dataclass(frozen=True)
class TakeSettings:
    """Put the recipe's settings into the panel."""


@dataclass(frozen=True)
class CheckRecipe:
    """Make the picture again in the backend and compare: of the layer, or of a history's entry."""

    entry: str = ""


@dataclass(frozen=True)
class SavePng:
    """Save what is visible as a PNG file that carries the recipe."""

    path: str


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
        super().__init__(core)
        self._looked_at: tuple[int, str] = (0, "")
        self._recipe: dict[str, Any] = {}
        self._png_file = ""

    def handlers(self) -> Handlers:
        return {
            RunAgain: lambda _: self._run_again({}),
            Vary: lambda _: self._run_again({"seed": secrets.randbelow(SEED_MAX + 1)}),
            RunOnSelection: lambda _: self._run_on_selection(),
            SavePng: self._save,
            TakeSettings: lambda _: self._core.change(**_settings(self._recipe)),
            CheckRecipe: self._check,
        }

    def show(self, state: PanelState) -> PanelState:
        facts = self._core.facts
        if not self._recipe or facts is None:
            return state
        return replace(
            state,
            recipe=summary(self._recipe),
            command=command_line(self._recipe),
            is_selected=facts.selection is not None and not facts.selection.is_empty,
            png_file=self._png_file,
        )

    def looked(self) -> None:
        facts = self._core.facts
        layer = (0, "") if facts is None else (facts.document, facts.layer)
        if layer != self._looked_at:
            self._looked_at = layer
            self._recipe = self._core.studio.recipe_of(*layer) if layer[1] else {}
        if self._recipe:
            self._png_file = _proposed(self._core.studio.file_of(layer[0]), self._recipe)

    def ended(self, job: Job) -> None:  # noqa: ARG002
        """A layer may have come by a recipe."""
        self._looked_at = (0, "")

    def _run_again(self, changes: Mapping[str, Any]) -> None:
        facts = self._core.facts
        if not self._recipe or facts is None:
            return
        guide, bounds = self._core.studio.made_from(facts.document, facts.layer)
        was_masked = bool(self._recipe.get("mask_digest"))
        choices = replace(
            self._core.choices().with_way(guide, _way(self._recipe)),
            layer=guide,
            place=Place(bounds, facts.layer) if was_masked else Place(),
        )
        self._core.begin(MakeLayer(), choices, **{**_settings(self._recipe), **changes})

    def _run_on_selection(self) -> None:
        facts = self._core.facts
        if self._recipe and facts is not None:
            guide, _ = self._core.studio.made_from(facts.document, facts.layer)
            choices = replace(self._core.choices(), layer=guide)
            self._core.begin(MakeLayer(), choices, **_settings(self._recipe))

    def _save(self, command: SavePng) -> None:
        facts = self._core.facts
        if not self._recipe or facts is None:
            return
        self._core.easel().forget_last()
        text = recipe_text(self._recipe)
        try:
            self._core.studio.save_png(facts.document, command.path, text)
        except SDEditError as error:
            self._core.say(notices.failure(error))
        else:
            self._core.say(notices.saved(PurePath(command.path).name))

    def _check(self, command: CheckRecipe) -> None:
        entry = command.entry or str(self._recipe.get("entry", ""))
        facts = self._core.facts
        if not entry or facts is None:
            self._core.say(notices.NOT_IN_HISTORY if self._recipe else notices.NO_RECIPE)
            return
        self._core.begin_without_guide(CheckAgain(entry))


def _way(recipe: Mapping[str, Any]) -> Way:
    """The way of working in which it was used."""
    if recipe.get("footprint_of") == "object":
        return Way.BLEND
    return Way.LOCAL if "footprint_of" in recipe or recipe.get("mask_digest") else Way.REFINE


def _proposed(file: str, recipe: Mapping[str, Any]) -> str:
    """A file beside the document's, and never that itself."""
    path = PurePath(file)
    stem = path.stem if path.suffix else path.name
    return str(path.with_name(f"{stem or 'SDEdit'} - {layer_name(recipe)}.png"))


def _settings(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a recipe says; a seed that no field holds is left out."""
    one = alone(recipe)
    kept = {name: value for name, value in one.items() if name in KEPT_SETTINGS}
    if kept.get("seed", 0) > SEED_MAX:
        del kept["seed"]
    return kept
