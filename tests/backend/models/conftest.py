"""A hub, for the tests that download."""

from __future__ import annotations

import pytest

from tests.backend.models.hub_server import Hub


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A hub, and an empty cache of the hub's files."""
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    made = Hub()
    yield made
    made.close()
