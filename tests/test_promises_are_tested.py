"""docs/promises.md names for each promise a test that there is, and its last figure."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
ROW = re.compile(r"^\| (?!promise |---)(.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
NAME = re.compile(r"`([^`]+)`")


def rows() -> list[tuple[str, str, str]]:
    """Promise, tests, figure."""
    return ROW.findall((ROOT / "docs" / "promises.md").read_text(encoding="utf-8"))


def exists(name: str) -> bool:
    """A path, a file's name, or a test's name, whose end may be left out as "…"."""
    if name.startswith("tests/"):
        return (ROOT / name).exists()
    if name.endswith(".py"):
        return any(TESTS.rglob(name))
    start, cut = (name[:-1], r"\w*") if name.endswith("…") else (name, "")
    definition = re.compile(rf"^def {start}{cut}\(", re.MULTILINE)
    return any(definition.search(path.read_text(encoding="utf-8")) for path in TESTS.rglob("*.py"))


def test_each_promise_names_tests_that_there_are() -> None:
    nowhere = {
        promise: [name for name in NAME.findall(tests) if not exists(name)]
        for promise, tests, _ in rows()
    }
    assert not {promise: names for promise, names in nowhere.items() if names}
    assert not exists("test_that_nobody_has_written")


def test_no_promise_is_without_a_test_and_a_figure() -> None:
    promises = rows()
    assert len(promises) > 50
    for promise, tests, figure in promises:
        assert NAME.search(tests) or tests == "the same", promise
        assert figure.strip(), promise
