"""The staged plugin is whole, self-contained, and put in place in one move."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import install
from installer import trees
from installer.layout import CHECKOUT, Layout
from installer.machine import LINUX
from installer.plugin import installation_record, staged_record
from installer.vendored import tag_for, vendored_tags


def names_in(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_krita_finds_the_description_and_the_package(tmp_path: Path) -> None:
    package = install.stage_plugin(tmp_path)
    assert package == tmp_path / "sdedit"
    desktop = (tmp_path / "sdedit.desktop").read_text()
    assert "X-KDE-Library=sdedit\n" in desktop
    assert "ServiceTypes=Krita/PythonPlugin\n" in desktop
    (manual,) = [line for line in desktop.splitlines() if line.startswith("X-Krita-Manual=")]
    assert (package / manual.partition("=")[2]).is_file()
    assert (package / "__init__.py").is_file()


def test_the_protocol_is_inside_the_package(tmp_path: Path) -> None:
    package = install.stage_plugin(tmp_path)
    assert names_in(package / "protocol") == names_in(CHECKOUT / "protocol")


def test_no_caches_and_no_second_copy_of_what_lies_elsewhere(tmp_path: Path) -> None:
    package = install.stage_plugin(tmp_path)
    suffixes = {path.suffix for path in package.rglob("*")}
    assert not suffixes & {".pyc", ".part", ".desktop", ".action"}
    assert not list(package.rglob("__pycache__"))


def test_nothing_in_it_imports_the_project_by_a_global_name(tmp_path: Path) -> None:
    package = install.stage_plugin(tmp_path)
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in names:
                ours = ("protocol", "backend", "krita_plugin", "installer", "sdedit")
                assert name.split(".")[0] not in ours, f"{path.relative_to(package)}: {name}"


def test_staging_again_replaces_all_of_it(tmp_path: Path) -> None:
    package = install.stage_plugin(tmp_path)
    fresh = names_in(package)
    (package / "of_an_older_version.py").write_text("")
    (package / "core.py").write_text("spoiled")
    install.stage_plugin(tmp_path)
    assert names_in(package) == fresh
    assert (package / "core.py").read_text() == (CHECKOUT / "krita_plugin/core.py").read_text()


def test_staging_leaves_only_the_plugin_in_kritas_folder(tmp_path: Path) -> None:
    install.stage_plugin(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"sdedit", "sdedit.desktop"}


def test_when_staging_fails_the_plugin_that_was_there_stays(tmp_path: Path) -> None:
    package = install.stage_plugin(tmp_path)
    before = names_in(package)
    with pytest.raises(FileNotFoundError):
        install.stage_plugin(tmp_path, vendored=tmp_path / "not-there")
    assert names_in(package) == before
    assert {path.name for path in tmp_path.iterdir()} == {"sdedit", "sdedit.desktop"}


def test_what_a_killed_staging_left_beside_does_not_stand_in_the_way(tmp_path: Path) -> None:
    for left_over in (".sdedit.new", ".sdedit.old"):
        (tmp_path / left_over).mkdir()
        (tmp_path / left_over / "half").write_text("")
    install.stage_plugin(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"sdedit", "sdedit.desktop"}


def test_the_plugin_is_told_where_its_backend_is(tmp_path: Path) -> None:
    layout = Layout(Path("/home/ana/sdedit"), LINUX)
    record = installation_record(layout, "1.2.3")
    package = install.stage_plugin(tmp_path, installation=record)
    assert json.loads((package / "install.json").read_text()) == {
        "version": "1.2.3",
        "python": "/home/ana/sdedit/venv/bin/python",
        "home": "/home/ana/sdedit",
        "keys": "/home/ana/sdedit/keys",
    }
    assert staged_record(package) == record


def test_the_packages_for_each_python_are_staged_with_it(tmp_path: Path) -> None:
    vendored = tmp_path / "vendored"
    for tag in ("cp38", "cp310", "cp312"):
        (vendored / tag / "zmq").mkdir(parents=True)
        (vendored / tag / "zmq" / "__init__.py").write_text("")
        (vendored / tag / "wheels.json").write_text("{}")
    (vendored / "cp311" / "half-made").mkdir(parents=True)
    package = install.stage_plugin(tmp_path / "pykrita", vendored=vendored)
    assert vendored_tags(package / "vendor") == ["cp38", "cp310", "cp312"]


@pytest.mark.parametrize(
    ("python", "tag"),
    [((3, 8), "cp38"), ((3, 11), "cp311"), ((3, 12), "cp312"), ((3, 13), "cp312")],
)
def test_one_folder_serves_every_python_from_3_12_on(python: tuple[int, int], tag: str) -> None:
    assert tag_for(python) == tag


def test_the_command_line_stages_it_as_well(tmp_path: Path) -> None:
    arguments = [sys.executable, str(CHECKOUT / "install.py"), "--stage-plugin", str(tmp_path)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True)
    assert str(tmp_path / "sdedit") in done.stdout
    assert (tmp_path / "sdedit" / "protocol" / "__init__.py").is_file()


def test_trees_are_the_same_only_with_the_same_names_and_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        (folder / "in").mkdir(parents=True)
        (folder / "in" / "a.py").write_text("a")
    assert trees.same_trees(first, second)
    (second / "__pycache__").mkdir()
    (second / "__pycache__" / "a.pyc").write_text("cache")
    assert trees.same_trees(first, second)
    (second / "in" / "a.py").write_text("b")
    assert not trees.same_trees(first, second)
    (second / "in" / "a.py").write_text("a")
    (second / "b.py").write_text("b")
    assert not trees.same_trees(first, second)
