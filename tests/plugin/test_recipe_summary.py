"""What a layer's tooltip says of its recipe."""

from __future__ import annotations

import pytest
from sdedit.recipes import PROMPT_SHOWN, summary

RECIPE = {"model": "landscape", "t0": 0.45, "seed": 7, "steps": 20, "repeats": 1, "prompt": ""}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "landscape · t0 0.45 · seed 7 · 20 steps"),
        ({"repeats": 3}, "landscape · t0 0.45 · seed 7 · 20 steps · 3 repeats"),
        ({"t0s": "0.25 0.35"}, "landscape · t0 0.25, 0.35 · seed 7 · 20 steps"),
        ({"label": "fox"}, "landscape · t0 0.45 · seed 7 · 20 steps · fox"),
    ],
)
def test_a_recipe_in_a_line(changes, words):
    assert summary({**RECIPE, **changes}) == words


def test_a_long_prompt_is_cut():
    last = summary({**RECIPE, "prompt": "a hill " * 99}).rpartition(" · ")[2]
    assert len(last) == PROMPT_SHOWN
    assert last.endswith("…")


def test_a_recipe_with_nothing_in_it_is_no_error():
    assert summary({}) == ""
    assert summary({"model": "landscape", "seed": 0}) == "landscape · seed 0"
