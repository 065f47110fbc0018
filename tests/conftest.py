"""The one real installation that the tests of the whole share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.installation import Installation, fresh_checkout, install
from tests.krita.home import KritaHome

# How long an example takes says more of the machine's other work than of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a fresh clone has it."""
    return fresh_checkout(tmp_path_factory.mktemp("clone") / "sdedit-krita")


@pytest.fixture(scope="session")
def installation(checkout: Path) -> Iterator[Installation]:
    """A real installation in a fresh home, its first picture included.

    Shared by the whole run: a test that spoils it must mend it.
    """
    home = KritaHome()
    try:
        yield install(home, checkout)
    finally:
        home.remove()
