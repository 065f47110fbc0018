"""pyproject.toml is the one place that names dependencies, and the installer reads it rightly."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from installer.layout import CHECKOUT
from installer.machine import this_machine
from installer.project import read_project, requirement_name


def test_the_small_reader_agrees_with_pythons_own() -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python has a TOML reader since 3.11")
    whole = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    project = read_project()
    assert project.version == whole["version"]
    assert project.dependencies == whole["dependencies"]
    assert project.extras == whole["optional-dependencies"]
    assert whole["requires-python"] == ">=" + ".".join(map(str, project.oldest_python))


def test_the_version_is_the_one_that_the_wire_speaks_of() -> None:
    from protocol import VERSION

    assert read_project().version == VERSION


def test_lists_may_run_over_several_lines_and_hold_brackets(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(
        '[tool.x]\nversion = "9"\n[project]\nversion = "1.2"\nrequires-python = ">=3.10"\n'
        'license = { text = "X" }\ndependencies = [\n    "a[b]>=1",\n    "c==2",\n]\n'
        '[project.optional-dependencies]\ntest = ["d"]\n[tool.y]\ntest = ["e"]\n'
    )
    project = read_project(path)
    assert (project.version, project.dependencies) == ("1.2", ["a[b]>=1", "c==2"])
    assert project.extras == {"test": ["d"]}


@pytest.mark.parametrize("text", ["torch>=2.6", "torch", "Torch ==2", "torch[x]>1", "torch;y"])
def test_a_requirement_names_its_package(text: str) -> None:
    assert requirement_name(text) == "torch"


def test_installer_and_backend_mean_the_same_home(monkeypatch: pytest.MonkeyPatch) -> None:
    from backend.paths import default_home

    monkeypatch.delenv("SDEDIT_HOME", raising=False)
    assert this_machine().default_prefix == default_home().folder


def test_the_installer_is_written_for_python_3_8() -> None:
    files = [CHECKOUT / "install.py", *(CHECKOUT / "installer").glob("*.py")]
    assert len(files) > 10
    for path in files:
        ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 8))


def test_the_installer_needs_the_standard_library_alone() -> None:
    for path in [CHECKOUT / "install.py", *(CHECKOUT / "installer").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in names:
                assert name.split(".")[0] in (*sys.stdlib_module_names, "installer"), path.name
