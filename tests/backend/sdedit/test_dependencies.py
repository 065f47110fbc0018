from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import backend.sdedit

FOLDER = Path(backend.sdedit.__file__).parent
MODULES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.py"))


def imported_packages(source: str) -> set[str]:
    """Every package that the module names in an import, at any depth of its code."""
    packages = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            packages.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            packages.add("." * node.level or (node.module or "").split(".")[0])
    return packages


def test_the_walk_sees_the_modules_and_every_form_of_import():
    assert {"samplers.py", "noise.py", "edit.py", "masks.py", "schedules.py"} <= set(MODULES)
    source = "import a.b, c\ndef f():\n    from d.e import g\n    from .. import h\n"
    assert imported_packages(source) == {"a", "c", "d", ".."}


@pytest.mark.parametrize("module", MODULES)
def test_the_mathematics_imports_torch_and_nothing_of_ours(module):
    allowed = {"torch", "."} | set(sys.stdlib_module_names)

    assert imported_packages((FOLDER / module).read_text(encoding="utf-8")) <= allowed
