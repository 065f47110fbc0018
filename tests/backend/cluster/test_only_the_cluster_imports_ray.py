from __future__ import annotations

import ast
from pathlib import Path

import pytest

from backend.paths import ROOT

BACKEND = ROOT / "backend"


def imported(path: Path) -> set[str]:
    """The packages that a module names in an import, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("folder", ["backend", "protocol"])
def test_no_module_outside_the_cluster_imports_ray(folder: str) -> None:
    importing = {
        path.relative_to(ROOT).parts[1]
        for path in (ROOT / folder).rglob("*.py")
        if any(name.split(".")[0] == "ray" for name in imported(path))
    }
    assert importing <= {"cluster"}


NEEDS_RAY = {"job_run.py", "shared_pixels.py", "tile_helpers.py", "workers.py"}


def test_what_runs_in_actors_or_starts_nodes_needs_no_ray() -> None:
    """Only what the bridge brings in once it is connected."""
    for path in (BACKEND / "cluster").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        top = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        text = "\n".join(map(ast.unparse, top))
        needs = "import ray" in text or "from ray" in text
        assert needs == (path.name in NEEDS_RAY), path.name
