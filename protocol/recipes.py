"""A recipe — a flat map of all that made a picture — as text, and as the command that repeats it.

Recipes come back from files that anybody may have written: what is read here is checked like a
message, and nothing in it is ever run.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any, Mapping

from .errors import InvalidValue
from .fields import Record

TEXT_MOST = 64 * 1024
"""Characters of a recipe as text."""
PLAIN = re.compile(r"[A-Za-z0-9_+=:./-]+")
"""Words that no shell changes."""
OPTIONS = (
    *(("model", "--model"), ("steps", "--steps"), ("seed", "--seed"), ("sampler", "--sampler")),
    *(("repeats", "--repeats"), ("variants", "--variants"), ("label", "--class")),
    *(("prompt", "--prompt"), ("negative_prompt", "--negative-prompt")),
    ("guidance_scale", "--guidance-scale"),
)
LEFT_OUT = {"repeats": 1, "variants": 1, "label": "", "prompt": "", "negative_prompt": ""}
LEFT_OUT["guidance_scale"] = 0
"""Values that the command takes when it is told none."""


def recipe_text(recipe: Mapping[str, Any]) -> str:
    """A recipe as JSON, ASCII on one line."""
    return json.dumps(dict(recipe), separators=(",", ":"), allow_nan=False)


def recipe_from_text(text: str) -> dict[str, Any]:
    """The recipe that `recipe_text` has written. Raises InvalidValue for any other text."""
    if len(text) > TEXT_MOST:
        raise InvalidValue("This recipe is too long to be one.")
    try:
        recipe = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidValue("This is not the text of a recipe.") from error
    checked: dict[str, Any] = Record()("The recipe", recipe)
    return checked


def command_line(
    recipe: Mapping[str, Any],
    guide: str = "GUIDE.png",
    out: str = "OUT.png",
    is_windows: bool = sys.platform == "win32",
) -> str:
    """The `sdedit edit` line that makes the picture again, for a POSIX shell or PowerShell.

    guide, and MASK.png and MAP.png where the recipe had them, are files to be put there.
    """
    words = ["sdedit", "edit", guide, "--out", out]
    for digest, option, file in (
        ("mask_digest", "--mask", "MASK.png"),
        ("t0_map_digest", "--t0-map", "MAP.png"),
    ):
        if recipe.get(digest):
            words += [option, file]
    if recipe.get("t0s"):
        words += ["--t0s", ",".join(str(recipe["t0s"]).split())]
    elif "t0" in recipe:
        words += ["--t0", str(recipe["t0"])]
    for name, option in OPTIONS:
        if name in recipe and recipe[name] != LEFT_OUT.get(name):
            # One word, so that a text that begins with a dash is not taken for an option.
            words.append(f"{option}={recipe[name]}")
    if recipe.get("watermark") is False:
        words.append("--no-watermark")
    return " ".join(_quoted(word, is_windows) for word in words)


def _quoted(word: str, is_windows: bool) -> str:
    """The word as the shell gives it on, whatever is in it."""
    if PLAIN.fullmatch(word):
        return word
    if is_windows:
        return "'" + word.replace("'", "''") + "'"
    if word.isprintable():
        return "'" + word.replace("'", "'\\''") + "'"
    # bash, zsh and ksh; it shows what a terminal would obey.
    return "$'" + "".join(map(_escaped, word)) + "'"


def _escaped(letter: str) -> str:
    if letter in "\\'":
        return "\\" + letter
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 128 else f"\\U{code:08x}"
