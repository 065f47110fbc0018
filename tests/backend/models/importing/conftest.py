"""Imported models go to a home of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models are imported to; it does not exist yet."""
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "models"
