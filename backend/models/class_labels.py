"""From a class as an artist names it to its number."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from backend.models.condition import ConditionError
from protocol.sentences import shown

NEAR_NAMES = 5


def imagenet_names() -> list[str]:
    """ImageNet's 1000 classes in their usual order, each with its synonyms, comma-separated.

    They are WordNet's words for the challenge's 1000 synsets, as timm (Apache-2.0) lists both in
    its imagenet_synsets.txt and imagenet_synset_to_lemma.txt.
    """
    path = Path(__file__).with_name("imagenet_classes.txt")
    return path.read_text(encoding="utf-8").splitlines()


def class_number(model: str, label: str, classes: int, names: Sequence[str]) -> int:
    """The class that ``label`` means: its number, or one of its names in any case.

    names: of each class its synonyms, comma-separated; may be empty. Raises ConditionError where
    no class, or more than one, is meant.
    """
    wanted = _plain(label)
    if not wanted:
        example = f", such as {names[0].split(',')[0]!r} for 0" if names else ""
        raise ConditionError(
            f"The model {model!r} makes pictures of one class at a time, and none is chosen.",
            f"Choose a class: a number from 0 to {classes - 1}, or its name{example}."
            if names
            else f"Choose a class: a number from 0 to {classes - 1}.",
        )
    if wanted.isdecimal():
        if int(wanted) < classes:
            return int(wanted)
        raise ConditionError(
            f"The model {model!r} has no class {shown(label)}.",
            f"Choose a number from 0 to {classes - 1}.",
        )
    meant = [i for i, line in enumerate(names) if wanted in _synonyms(line)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        choices = ", ".join(f"{i} ({names[i]})" for i in meant)
        raise ConditionError(
            f"{len(meant)} classes of the model {model!r} are called {shown(label)}.",
            f"Choose one by its number: {choices}.",
        )
    near = _near(wanted, names)
    raise ConditionError(
        f"The model {model!r} has no class called {shown(label)}.",
        f"Near it are: {', '.join(near)}." if near else f"Choose a number from 0 to {classes - 1}.",
    )


def _near(wanted: str, names: Sequence[str]) -> list[str]:
    """Names that hold the one wanted, then names spelled like it."""
    known = [synonym for line in names for synonym in _synonyms(line)]
    holding = [name for name in known if wanted in name]
    spelled = difflib.get_close_matches(wanted, known, NEAR_NAMES)
    return list(dict.fromkeys(holding + spelled))[:NEAR_NAMES]


def _synonyms(line: str) -> list[str]:
    return [_plain(synonym) for synonym in line.split(",")]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
