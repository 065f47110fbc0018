"""The project's name, version and dependencies, read from pyproject.toml.

Python has a TOML reader only since 3.11, and this must run on 3.8; the few lines needed here are
strings and lists of strings, which TOML and Python write alike.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .layout import CHECKOUT


@dataclass(frozen=True)
class Project:
    """What pyproject.toml says that an installation needs."""

    version: str
    oldest_python: tuple[int, int]
    dependencies: list[str]
    extras: dict[str, list[str]]

    def requirement(self, name: str) -> str:
        """The requirement on one dependency: ``"pyzmq"`` gives ``"pyzmq>=25.1"``."""
        return next(one for one in self.dependencies if requirement_name(one) == name)


def requirement_name(requirement: str) -> str:
    """The package that a requirement is about."""
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower()


def read_project(path: Path = CHECKOUT / "pyproject.toml") -> Project:
    """The project as its pyproject.toml describes it."""
    text = path.read_text(encoding="utf-8")
    project = _read_table(text, "project")
    oldest = re.search(r"(\d+)\.(\d+)", project["requires-python"])
    assert oldest is not None
    return Project(
        version=project["version"],
        oldest_python=(int(oldest.group(1)), int(oldest.group(2))),
        dependencies=project["dependencies"],
        extras=_read_table(text, "project.optional-dependencies"),
    )


def _read_table(text: str, table: str) -> dict[str, Any]:
    """The strings and lists of strings of one table; other values are passed over."""
    start = re.search(rf"^\[{re.escape(table)}\]\s*$", text, re.MULTILINE)
    assert start is not None
    body = re.split(r"^\[", text[start.end() :], maxsplit=1, flags=re.MULTILINE)[0]
    values: dict[str, Any] = {}
    entries: list[str] = re.split(r"^(?=[\w-]+ *= *)", body, flags=re.MULTILINE)
    for entry in entries:
        name, _, value = entry.partition("=")
        if value.strip().startswith(('"', "[")):
            values[name.strip()] = ast.literal_eval(value.strip())
    return values
