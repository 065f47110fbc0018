"""Folders of code, put in place whole."""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
from pathlib import Path
from typing import Iterator

IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", "*.part")


@contextlib.contextmanager
def placed_whole(destination: Path) -> Iterator[Path]:
    """A new folder to fill; when the block ends well it becomes ``destination``, in one move.

    What was at ``destination`` is there until then, and stays if the block fails.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    new = destination.with_name(f".{destination.name}.new")
    old = destination.with_name(f".{destination.name}.old")
    for left_over in (new, old):
        if left_over.exists():
            shutil.rmtree(str(left_over))
    new.mkdir()
    try:
        yield new
        if destination.exists():
            os.rename(str(destination), str(old))
        os.rename(str(new), str(destination))
    except BaseException:
        if old.exists() and not destination.exists():
            os.rename(str(old), str(destination))
        if new.exists():
            shutil.rmtree(str(new))
        raise
    if old.exists():
        shutil.rmtree(str(old))


def same_trees(first: Path, second: Path) -> bool:
    """Whether two folders hold the same files with the same bytes; caches do not count."""
    files = _files(first)
    return files == _files(second) and all(
        filecmp.cmp(str(first / name), str(second / name), shallow=False) for name in files
    )


def _files(folder: Path) -> list[Path]:
    return sorted(
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
