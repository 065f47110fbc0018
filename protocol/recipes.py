"""A recipe — a flat map of all that made a picture — as text, and as the command that repeats it.

Of a picture that was made together with others, the recipe is that of all of them, and ``picture``
says which one it is, from 1: only together they come out the same to the bit.

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
from .messages import SEED_MAX

TEXT_MOST = 64 * 1024
"""Characters of a recipe as text."""
PLAIN = re.compile(r"[A-Za-z0-9_+=:./-]+")
"""Words that no shell changes."""
OPTIONS = (
    *(("model", "--model"), ("steps", "--steps"), ("seed", "--seed"), ("sampler", "--sampler")),
    *(("repeats", "--repeats"), ("variants", "--variants"), ("label", "--class")),
    *(("prompt", "--prompt"), ("negative_prompt", "--negative-prompt")),
    *(("guidance_scale", "--guidance-scale"), ("footprint_of", "--footprint-of")),
    ("edge_px", "--edge"),
)
GREYS = (
    ("mask_digest", "--mask", "MASK.png"),
    ("t0_map_digest", "--t0-map", "MAP.png"),
    ("footprint_digest", "--footprint", "FOOTPRINT.png"),
)
LEFT_OUT: dict[str, Any] = {
    "--repeats": 1,
    "--variants": 1,
    "--class": "",
    "--prompt": "",
    "--negative-prompt": "",
    "--footprint-of": "strokes",
}
LEFT_OUT["--guidance-scale"] = 0
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


def alone(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe that makes its picture alone, where it was one of several.

    It is the same picture but for rounding: networks add up several pictures in another order.
    """
    single = dict(recipe)
    nth = int(single.pop("picture", 1)) - 1
    t0s = str(single.pop("t0s", "")).split()
    if single.pop("ladder", False):
        single["repeats"] = nth + 1
        single["ladder"] = nth > 0
    elif nth < len(t0s):
        single["t0"] = float(t0s[nth])
    else:
        single["seed"] = (int(single.get("seed", 0)) + nth) % (SEED_MAX + 1)
        single["variants"] = 1
    return single


def arguments(recipe: Mapping[str, Any]) -> list[str]:
    """The options of `sdedit edit` that a recipe stands for; MASK.png and so on for its greys."""
    options = {option: recipe[name] for name, option in OPTIONS if name in recipe}
    options.update({option: file for name, option, file in GREYS if recipe.get(name)})
    if recipe.get("t0s"):
        options["--t0s"] = ",".join(str(recipe["t0s"]).split())
    elif "t0" in recipe:
        options["--t0"] = recipe["t0"]
    # One word each, so that a text that begins with a dash is not taken for an option.
    words = [
        f"{option}={value}" for option, value in options.items() if value != LEFT_OUT.get(option)
    ]
    if recipe.get("ladder"):
        words.append("--ladder")
    return words if recipe.get("watermark", True) else [*words, "--no-watermark"]


def command_line(
    recipe: Mapping[str, Any],
    guide: str = "GUIDE.png",
    out: str = "OUT.png",
    is_windows: bool = sys.platform == "win32",
) -> str:
    """The `sdedit edit` line that makes the picture again, for a POSIX shell or PowerShell."""
    words = ["sdedit", "edit", guide, f"--out={out}", *arguments(recipe)]
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
