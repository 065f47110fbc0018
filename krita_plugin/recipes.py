"""A recipe as the artist meets it, in a layer's tooltip."""

from __future__ import annotations

from typing import Any, Mapping

from .i18n import _

PROMPT_SHOWN = 60


def summary(recipe: Mapping[str, Any]) -> str:
    """What made a layer, in a line: "landscape · t0 0.45 · seed 7 · 20 steps"."""
    t0 = str(recipe.get("t0s") or recipe.get("t0", "")).replace(" ", ", ")
    repeats = recipe.get("repeats", 1)
    parts = [
        str(recipe.get("model", "")),
        t0 and f"t0 {t0}",
        _("seed {seed}").format(seed=recipe["seed"]) if "seed" in recipe else "",
        _("{count} steps").format(count=recipe["steps"]) if "steps" in recipe else "",
        _("{count} repeats").format(count=repeats) if repeats != 1 else "",
    ]
    prompt = str(recipe.get("prompt") or recipe.get("label") or "")
    if prompt:
        parts.append(prompt if len(prompt) <= PROMPT_SHOWN else prompt[: PROMPT_SHOWN - 1] + "…")
    return " · ".join(filter(None, parts))
