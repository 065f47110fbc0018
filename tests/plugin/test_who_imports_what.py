"""The plugin's architecture, as its imports show it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugin.staged import PACKAGE, PYKRITA

QT = ("PyQt5", "PyQt6")
WITHOUT_QT = (
    "area",
    "core",
    "installation",
    "jobs.document_steps",
    "jobs.job",
    "link.backend_link",
    "link.conversation",
    "link.hosts",
    "link.process",
    "link.state",
    "link.words",
    "panel_state",
    "settings",
    "short_steps",
    "slots",
    "studio",
    "vendored",
    "wording",
)
MODULES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] not in ("protocol", "vendor")
]


def imports(path: Path) -> Iterator[str]:
    """Absolute module names; relative ones as dots and name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def importers(*packages: str) -> set[str]:
    return {
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if any(name.partition(".")[0] in packages for name in imports(path))
    }


def test_only_the_adapter_imports_krita() -> None:
    found = importers("krita", "pykrita")
    assert found
    assert all(name.startswith("krita_adapter" + os.sep) for name in found), found


def test_only_one_module_chooses_the_qt_binding() -> None:
    assert importers(*QT) == {"qt.py"}


def test_the_plugin_never_imports_the_backend() -> None:
    assert not importers("backend", "protocol", "numpy", "torch")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_is_valid_for_kritas_oldest_python(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_the_core_needs_neither_qt_nor_krita_nor_the_vendored_libraries() -> None:
    names = ", ".join(f"sdedit.{name}" for name in WITHOUT_QT)
    unwanted = (*QT, "krita", "zmq", "msgpack")
    program = (
        f"import sys; sys.path.insert(0, {str(PYKRITA)!r}); import {names}; "
        f"print([name for name in {unwanted!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
