"""The catalogues hold every sentence of the code, in every language, and fit it."""

from __future__ import annotations

import ast
import gettext
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.plugin.staged import PACKAGE

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "krita_plugin"
TRANSLATIONS = PLUGIN / "translations"
LANGUAGES = ("de", "ja", "ko")
KEYWORDS = {"_": None, "marked": None, "plural": (1, 2)}
SHOWING = {
    "Notice",
    "NothingToEdit",
    "QCheckBox",
    "QLabel",
    "QPushButton",
    "Row",
    "addAction",
    "addItem",
    "addRow",
    "addTab",
    "setAccessibleDescription",
    "setAccessibleName",
    "setPlaceholderText",
    "setSpecialValueText",
    "setText",
    "setToolTip",
    "setWindowTitle",
    "small_label",
}
"""What puts its words before the artist."""


def read_catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "sdedit.po").open("rb") as file:
        return read_po(file, locale=language)


def words_in(catalogue: Catalog) -> set[str | tuple[str, ...]]:
    """The sentences themselves, without a catalogue's own header."""
    return {message.id for message in catalogue if message.id}


def words_in_code() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(str(PLUGIN), keywords=KEYWORDS)
    return {words for _, _, words, _, _ in found}


def forms(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def places(text: str) -> set[tuple[str, str]]:
    """The names in braces and how each is written."""
    return {(name, form or "") for _, name, form, _ in string.Formatter().parse(text) if name}


def test_every_language_has_its_catalogue() -> None:
    assert (
        tuple(sorted(path.parents[1].name for path in TRANSLATIONS.glob("*/*/*.mo"))) == LANGUAGES
    )


def test_the_template_holds_exactly_the_words_in_the_code() -> None:
    with (TRANSLATIONS / "sdedit.pot").open("rb") as file:
        template = words_in(read_po(file))
    code = words_in_code()
    assert len(code) > 300
    assert template == code, f"missing: {code - template}; no longer said: {template - code}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_complete(language: str) -> None:
    catalogue = read_catalogue(language)
    code = words_in_code()
    assert words_in(catalogue) == code, f"missing: {code - words_in(catalogue)}"
    empty = [message.id for message in catalogue if message.id and not all(forms(message))]
    assert not empty
    assert not [message.id for message in catalogue if message.id and message.fuzzy]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_same_places_for_names_and_numbers(language: str) -> None:
    for message in read_catalogue(language):
        if message.id:
            wanted = places(message.id if isinstance(message.id, str) else message.id[1])
            assert all(places(form) == wanted for form in forms(message)), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_krita_reads_is_what_was_written(language: str) -> None:
    with (PACKAGE / "translations" / language / "LC_MESSAGES" / "sdedit.mo").open("rb") as file:
        shipped = gettext.GNUTranslations(file)
    for message in read_catalogue(language):
        if isinstance(message.id, str):
            assert message.id == "" or shipped.gettext(message.id) == message.string
        else:
            assert {shipped.ngettext(*message.id, count) for count in (1, 2)} == set(forms(message))


def bare_words(path: Path) -> Iterator[str]:
    """Words that are shown and not looked up: plain strings with a letter in them, also in an
    f-string or as one of two."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
            for text in (text for each in arguments[:2] for text in plain_strings(each)):
                if name in SHOWING and re.search("[A-Za-z]{2}", text):
                    yield f"{path.name}:{node.lineno}: {text}"


def plain_strings(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from (text for part in node.values for text in plain_strings(part))
    elif isinstance(node, ast.IfExp):
        yield from plain_strings(node.body)
        yield from plain_strings(node.orelse)


def test_no_words_are_shown_without_being_looked_up() -> None:
    everywhere = [*PLUGIN.glob("*.py"), *PLUGIN.glob("*/*.py")]
    found = [words for path in everywhere for words in bare_words(path)]
    assert len(everywhere) > 80
    # The docker has the program's own name.
    assert all(words.endswith(": SDEdit") for words in found), found


def test_words_that_are_not_looked_up_are_found(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(
        'a.setText("On" if b else _("Off"))\nNotice(f"{n} more", _("No"))\nlog("x y")\n'
    )
    assert list(bare_words(file)) == ["a.py:1: On", "a.py:2:  more"]


def test_the_backends_sentences_are_still_said_by_it() -> None:
    from sdedit.link.sentences import SENTENCES

    sources = [*ROOT.glob("backend/**/*.py"), *ROOT.glob("protocol/*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    joined = re.sub(r'"\s*\n\s*f?"', "", text)
    for sentence in SENTENCES:
        pieces = [piece for piece in re.split(r"\{\w+\}", sentence) if len(piece) > 4]
        assert all(piece in joined for piece in pieces), sentence


def test_what_the_backend_says_is_said_in_the_artists_language() -> None:
    from sdedit import i18n
    from sdedit.link.sentences import translated

    try:
        i18n.speak(["fr", "de-AT"])
        assert translated("Ready on CPU.") == "Bereit: CPU."
        said = "There was not enough memory on the CPU for 2048×2048 pixels."
        assert translated(said) == "Der Speicher von the CPU reichte nicht für 2048×2048 Pixel."
        assert translated("Something else.") == "Something else."
        assert translated("") == ""
        i18n.speak(["ko-Kore-KR"])  # as Qt names it
        assert translated("Ready on CPU.") == "준비됨: CPU."
        i18n.speak(["en-GB", "de"])
        assert translated("Ready on CPU.") == "Ready on CPU."
    finally:
        i18n.speak([])


def test_a_damaged_catalogue_leaves_the_words_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sdedit import i18n

    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "sdedit.mo").write_bytes(b"no catalogue")
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    i18n.speak(["de"])
    assert i18n._("Layer") == "Layer"
    assert i18n.plural("{count} step", "{count} steps", 2) == "{count} steps"
