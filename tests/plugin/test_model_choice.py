"""The artist chooses one of the backend's models."""

from __future__ import annotations

import pytest
from sdedit.features.model_choice import ChooseModel, ModelChoice

from tests.plugin.desk import Desk

MODELS = (
    {"name": "landscape", "title": "Landscapes", "native_px": 256, "from_the_future": 1},
    {"name": "imagenet", "title": "Things", "classes": 1000},
    {"name": "sd", "title": "Words", "takes_prompt": True},
)


@pytest.fixture
def choice(desk: Desk) -> Desk:
    desk.core.add(ModelChoice(desk.core))
    desk.link.models = MODELS
    desk.core.show()
    return desk


def test_before_a_backend_has_told_of_its_models_the_chosen_one_is_there(desk: Desk) -> None:
    desk.core.add(ModelChoice(desk.core))
    assert [model.name for model in desk.state.models] == ["landscape"]


def test_what_the_chosen_model_cannot_be_told_is_not_kept(choice: Desk) -> None:
    choice.core.do(ChooseModel("sd"))
    choice.core.change(prompt="a lake", guidance_scale=3.0)
    choice.core.do(ChooseModel("imagenet"))
    settings = choice.core.settings
    assert (settings.model, settings.prompt, settings.guidance_scale) == ("imagenet", "", 0.0)
    choice.core.change(label="volcano")
    choice.core.do(ChooseModel("landscape"))
    assert choice.core.settings.label == ""


def test_a_model_that_the_backend_has_no_more_is_told_in_a_sentence(choice: Desk) -> None:
    choice.core.change(model="gone")
    choice.edit()
    assert "gone" in choice.state.status
