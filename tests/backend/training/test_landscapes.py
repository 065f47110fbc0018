from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from backend.training.errors import TrainingError
from backend.training.landscapes import HELD_OUT, PICTURES, fetch_landscapes

from .pictures_made import landscape

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg")


def put_on_path(folder: Path, script: str, monkeypatch) -> None:
    """An apt-get of the test's own: the network is not the test's to use."""
    folder.mkdir()
    program = folder / "apt-get"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@needs_dpkg
def test_the_landscapes_alone_are_kept_of_the_package(tmp_path, monkeypatch):
    tree = tmp_path / "tree"
    (tree / PICTURES).mkdir(parents=True)
    for name in ("mountain7.jpg", "city2.jpg", "space1.jpg", "sea5.jpg"):
        landscape(0).save(tree / PICTURES / name)
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "control").write_text(
        "Package: endless-sky-data\nVersion: 1\nArchitecture: all\n"
        "Maintainer: nobody <nobody@example.org>\nDescription: a test\n"
    )
    package = tmp_path / "endless-sky-data_1_all.deb"
    subprocess.run(
        ["dpkg-deb", "--build", str(tree), str(package)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    put_on_path(
        tmp_path / "bin", f'[ "$*" = "download endless-sky-data" ] && cp {package} .', monkeypatch
    )

    found = fetch_landscapes(tmp_path / "corpus")

    assert sorted(path.name for path in found.iterdir()) == ["mountain7.jpg", "sea5.jpg"]
    assert list((tmp_path / "corpus").iterdir()) == [found]
    shutil.rmtree(tmp_path / "bin")
    assert fetch_landscapes(tmp_path / "corpus") == found  # and not downloaded again


@needs_dpkg
def test_a_download_that_fails_says_what_to_do(tmp_path, monkeypatch):
    put_on_path(tmp_path / "bin", "exit 100", monkeypatch)

    with pytest.raises(TrainingError, match=r"could not download .* Run 'apt-get update'"):
        fetch_landscapes(tmp_path / "corpus")


@needs_dpkg
def test_a_damaged_package_is_an_error_in_words(tmp_path, monkeypatch):
    put_on_path(tmp_path / "bin", "echo damaged > endless-sky-data_1_all.deb", monkeypatch)

    with pytest.raises(TrainingError, match="could not be unpacked"):
        fetch_landscapes(tmp_path / "corpus")

    assert list((tmp_path / "corpus").iterdir()) == []


def test_a_system_without_apt_is_told_to_use_its_own_pictures(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(TrainingError, match="Train on a folder of your own pictures instead"):
        fetch_landscapes(tmp_path / "corpus")


def test_twelve_photographs_are_held_out():
    assert len(set(HELD_OUT)) == 12
