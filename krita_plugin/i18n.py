"""Words in the artist's language, by gettext; English where there is no translation.

`speak` comes before all other modules of the plugin: many sentences are made when these are loaded.
The catalogues lie in translations/LANGUAGE/LC_MESSAGES; translations/README.md says how to add one.
"""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import Iterable

FOLDER = Path(__file__).resolve().parent / "translations"
DOMAIN = "sdedit"
SOURCE = "en"
"""What the words are in the code."""

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def speak(languages: Iterable[str]) -> None:
    """Use the first of these languages that there is: "de_DE" and "de-DE" are served by "de"."""
    global _catalogue
    _catalogue = _first_of(languages)


def _first_of(languages: Iterable[str]) -> gettext.NullTranslations:
    for language in languages:
        name = language.replace("-", "_")
        if name.split("_")[0] == SOURCE:
            break
        try:
            return gettext.translation(DOMAIN, str(FOLDER), [name])
        except (OSError, ValueError):  # there is none, or it is damaged
            continue
    return gettext.NullTranslations()


def _(text: str) -> str:
    """The text in the artist's language."""
    return _catalogue.gettext(text) if text else ""  # of "" a catalogue tells about itself


def plural(one: str, many: str, count: int) -> str:
    """The one for a single thing, or the other for ``count`` of them, in that language's ways."""
    return _catalogue.ngettext(one, many, count)


def marked(text: str) -> str:
    """The text as it is; it is in the catalogues, to be looked up when it is shown."""
    return text
