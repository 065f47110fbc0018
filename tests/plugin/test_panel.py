"""The panel and the connection, under each Qt that Krita may have: see `NAMES`.

A process can hold one binding only, so each runs in one of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

NAMES = tuple(
    f"{name}_cases.py"
    for name in ("panel", "choices", "finding", "overlay", "keyboard", "connection")
)
LANGUAGES = ("de", "ja", "ko")


@pytest.mark.parametrize("version", [5, 6])
def test_panel_and_connection_under(version: int) -> None:
    run_under(version, NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("version", [5, 6])
def test_panel_in_another_language_under(version: int, language: str) -> None:
    run_under(version, ("language_cases.py",), SDEDIT_TEST_LANGUAGE=language)


def run_under(version: int, names: tuple[str, ...], **more: str) -> None:
    cases = [Path(__file__).with_name(name) for name in names]
    # Tried, not looked for: a binding may be there while a system library of Qt's is not.
    tried = subprocess.run(
        [sys.executable, "-c", f"import PyQt{version}.QtWidgets"],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode != 0 and os.environ.get("CI") != "true":
        pytest.skip(f"PyQt{version} cannot be imported: {tried.stderr.strip()[-200:]}")
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "SDEDIT_TEST_QT": str(version),
        **more,
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, cases)]
    done = subprocess.run(
        command,
        cwd=cases[0].parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
