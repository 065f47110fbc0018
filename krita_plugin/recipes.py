"""Recipes as the artist meets them: in a layer's tooltip, and as a command to copy."""

from __future__ import annotations

from typing import Any, Mapping

from .protocol.recipes import alone, command_line, recipe_from_text, recipe_text

__all__ = ["alone", "command_line", "recipe_from_text", "recipe_text", "summary"]

PROMPT_SHOWN = 60


def summary(recipe: Mapping[str, Any]) -> str:
    """What made a layer, in a line: "landscape · t0 0.45 · seed 7 · 20 steps"."""
    t0 = str(recipe.get("t0s") or recipe.get("t0", "")).replace(" ", ", ")
    parts = [str(recipe.get("model", "")), f"t0 {t0}", f"seed {recipe.get('seed', '')}"]
    parts.append(f"{recipe.get('steps', '')} steps")
    if recipe.get("repeats", 1) != 1:
        parts.append(f"{recipe['repeats']} repeats")
    prompt = str(recipe.get("prompt") or recipe.get("label") or "")
    if prompt:
        parts.append(prompt if len(prompt) <= PROMPT_SHOWN else prompt[: PROMPT_SHOWN - 1] + "…")
    return " · ".join(parts)
