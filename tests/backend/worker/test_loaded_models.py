from __future__ import annotations

import pytest

from backend.worker.loaded_models import LoadedModels


def test_a_model_is_loaded_once_and_the_least_recently_used_is_given_up() -> None:
    loaded: list[str] = []

    def load(name: str) -> str:
        loaded.append(name)
        return name.upper()

    models = LoadedModels(load, kept=2)
    assert [models.get(name) for name in "abaca"] == ["A", "B", "A", "C", "A"]
    assert loaded == ["a", "b", "c"]
    models.get("b")
    assert loaded == ["a", "b", "c", "b"]


def test_room_is_made_before_the_next_model_is_loaded() -> None:
    alive: set[str] = set()

    class Model:
        def __init__(self, name: str) -> None:
            alive.add(name)
            self.name = name
            assert len(alive) <= 2

        def __del__(self) -> None:
            alive.discard(self.name)

    models = LoadedModels(Model, kept=2)
    for name in "abcd":
        models.get(name)
    assert alive == {"c", "d"}


def test_a_model_that_fails_to_load_is_tried_again_next_time() -> None:
    answers = iter([OSError("gone"), "model"])

    def load(_: str) -> object:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    models = LoadedModels(load)
    with pytest.raises(OSError, match="gone"):
        models.get("a")
    assert models.get("a") == "model"


def test_all_models_but_one_can_be_given_up() -> None:
    loaded: list[str] = []

    def load(name: str) -> str:
        loaded.append(name)
        return name.upper()

    models = LoadedModels(load, kept=3)
    for name in "abc":
        models.get(name)
    models.keep_only("b")
    assert [models.get(name) for name in "ba"] == ["B", "A"]
    assert loaded == ["a", "b", "c", "a"]
