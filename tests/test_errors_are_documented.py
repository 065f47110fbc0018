"""docs/errors.md has an entry for every code that an error can carry, and for no other."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("protocol", "backend", "krita_plugin")
DOCUMENT = ROOT / "docs" / "errors.md"
ROW = re.compile(r"^\| `([a-z0-9-]+)` \|(.*)\|(.*)\|$", re.MULTILINE)

MODULES = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
CONSTANTS = {
    target.id: node.value.value
    for tree in MODULES.values()
    for node in tree.body
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    for target in node.targets
    if isinstance(target, ast.Name)
}
"""Module-level names of text, wherever they are defined."""


def places_of_code() -> dict[str, int]:
    """Each function or class that takes a ``code``, and at which place (without ``self``)."""
    found = {}
    for tree in MODULES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in node.args.args if argument.arg != "self"]
            elif isinstance(node, ast.ClassDef):
                names = [
                    item.target.id
                    for item in node.body
                    if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
                ]
            else:
                continue
            if "code" in names:
                found[node.name] = names.index("code")
    return found


def codes_in(tree: ast.Module, places: dict[str, int]) -> Iterator[str]:
    """The codes that a module gives: as a class's own, and in calls of what takes one."""
    for node in ast.walk(tree):
        given: ast.expr | None = None
        if isinstance(node, ast.Assign):
            if any(isinstance(name, ast.Name) and name.id == "code" for name in node.targets):
                given = node.value
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = places.get(name)
            if place is not None and place < len(node.args):
                given = node.args[place]
            for keyword in node.keywords:
                if keyword.arg == "code":
                    given = keyword.value
        if isinstance(given, ast.Name):
            given = ast.Constant(CONSTANTS.get(given.id, ""))
        if isinstance(given, ast.Constant) and isinstance(given.value, str) and given.value:
            yield given.value


def given_codes() -> dict[str, set[str]]:
    """Every code, and the modules that give it."""
    found: dict[str, set[str]] = defaultdict(set)
    places = places_of_code()
    for path, tree in MODULES.items():
        for code in codes_in(tree, places):
            found[code].add(str(path.relative_to(ROOT)))
    return found


def documented() -> dict[str, tuple[str, str]]:
    """Every documented code, with what it says and what to do about it."""
    rows = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    return {code: (says.strip(), remedy.strip()) for code, says, remedy in rows}


def test_codes_are_found_wherever_they_are_given() -> None:
    codes = given_codes()
    for code in ("protocol", "no-such-job", "out-of-memory", "job-crashed-twice", "input"):
        assert code in codes, code
    for package in PACKAGES:
        assert any(place.startswith(package) for places in codes.values() for place in places)


def test_every_code_has_an_entry() -> None:
    missing = {code: sorted(where) for code, where in given_codes().items()}
    for code in documented():
        missing.pop(code, None)
    assert not missing, f"not in docs/errors.md: {missing}"


def test_no_entry_is_outdated() -> None:
    assert not documented().keys() - given_codes().keys()


@pytest.mark.parametrize("code", sorted(documented()))
def test_the_entry_says_what_one_reads_and_what_to_do(code: str) -> None:
    says, remedy = documented()[code]
    assert len(says) > 15
    assert len(remedy) > 10


def test_no_code_is_documented_twice() -> None:
    codes = [code for code, _, _ in ROW.findall(DOCUMENT.read_text(encoding="utf-8"))]
    assert len(codes) == len(set(codes))
